import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

// Gauges that end in _total fail `promtool check metrics`.
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`)
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Every metric of the node. Labels are of low cardinality; never a UID. */
export function openMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const each of MISNAMED) registry.removeSingleMetric(each)
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers })
  return {
    registry,
    associations: counter('mcads_associations_total', 'Associations that ended, by how.', 'outcome'),
    associationsOpen: gauge('mcads_associations_open', 'Associations open now.'),
    instances: counter('mcads_instances_received_total', 'C-STORE requests answered, by outcome.', 'outcome'),
    instanceBytes: counter('mcads_instances_received_bytes_total', 'Bytes of instances stored.'),
    completed: counter('mcads_studies_completed_total', 'Studies that were complete.'),
    declined: counter('mcads_studies_declined_total', 'Studies declined, by reason.', 'reason'),
    judged: counter(
      'mcads_quality_reasons_total',
      'Images that a quality check spoke against, by reason and by what followed.',
      'reason',
      'outcome',
    ),
    analysed: counter('mcads_studies_analysed_total', 'Studies analysed.'),
    unscored: counter(
      'mcads_models_unscored_total',
      'Studies that a model declined or failed on while another scored them, by reason.',
      'model',
      'outcome',
      'reason',
    ),
    failed: counter('mcads_analyses_failed_total', 'Analyses that failed, by cause and what follows.', 'code', 'then'),
    commitments: counter('mcads_commitments_total', 'Storage commitment asked of us, by outcome.', 'outcome'),
    deliveredLate: counter('mcads_deliveries_late_total', 'Results delivered later than delivery.late.', 'destination'),
    destinationDown: gauge(
      'mcads_destination_down',
      '1 while nothing is sent to a destination that is down.',
      'destination',
    ),
    deliveries: gauge(
      'mcads_deliveries',
      'Results by destination and state of their delivery.',
      'destination',
      'state',
    ),
    stranded: gauge(
      'mcads_deliveries_stranded',
      'Results owed to, or to be asked for at, a destination that is not configured.',
      'destination',
    ),
    rejected: counter('mcads_results_rejected_total', 'Results rejected at destinations, by reason.', 'reason'),
    delivered: counter('mcads_deliveries_total', 'Results offered to a destination.', 'destination', 'outcome'),
    stage: new Histogram({
      name: 'mcads_stage_duration_seconds',
      help: 'How long each stage took.',
      labelNames: ['stage'],
      buckets: SECONDS,
      registers,
    }),
    studies: gauge('mcads_studies', 'Studies by state.', 'state'),
    queueDepth: gauge('mcads_queue_depth', 'Work that is owed, by kind and destination.', 'kind', 'destination'),
    queueAge: gauge('mcads_queue_oldest_seconds', 'Age of the oldest work that is owed, by kind.', 'kind'),
    freeBytes: gauge('mcads_storage_free_bytes', 'Free bytes of the storage directory.'),
    secondsToFull: gauge('mcads_storage_seconds_to_full', 'Until storage.minimumFree is reached, as things go now.'),
    quarantineFiles: gauge('mcads_quarantine_files', 'Files in quarantine.'),
    quarantineBytes: gauge('mcads_quarantine_bytes', 'Bytes in quarantine.'),
    removed: counter(
      'mcads_removed_total',
      'What left by age: instances, studies, files in quarantine, files of results without a row.',
      'kind',
    ),
    certificateExpiry: gauge(
      'mcads_certificate_expiry_timestamp_seconds',
      'When a certificate in use ceases to be valid, as seconds since 1970, by where it is configured.',
      'certificate',
    ),
    auditFailures: counter('mcads_audit_failures_total', 'Failures to write or forward the audit trail.', 'what'),
    auditUnsent: gauge('mcads_audit_unsent_bytes', 'Bytes of the audit trail that the audit repository lacks.'),
    sweepFailures: counter('mcads_sweep_failures_total', 'Sweeps that failed, by sweep.', 'sweep'),
  }
}

export type Metrics = ReturnType<typeof openMetrics>
