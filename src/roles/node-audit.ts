import { hostname } from 'node:os'
import { join } from 'node:path'
import { analyseAudit } from '../audit/analyse-audit.ts'
import { deliverAudit } from '../audit/deliver-audit.ts'
import { openForwarder } from '../audit/forwarder.ts'
import { nodeAudit } from '../audit/node-audit.ts'
import { type Audit, type AuditOptions, openAudit } from '../audit/open-audit.ts'
import type { Other, Us } from '../audit/participants.ts'
import { receiveAudit } from '../audit/receive-audit.ts'
import { storageAudit } from '../audit/storage-audit.ts'
import { syslogSender } from '../audit/syslog-sender.ts'
import type { Config } from '../config/schema.ts'
import type { Destination } from '../config/sender-section.ts'
import { asFailure } from '../failure.ts'
import type { Resources } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'
import { withListeners } from '../observe/with-listeners.ts'

export const auditDirectory = ({ storage }: Config): string => join(storage.directory, 'audit')

export const us = ({ node, dicom }: Config): Us => ({
  ...{ pid: process.pid, name: node.name, aeTitle: dicom.aeTitle, host: hostname() },
})

export const auditSource = ({ node }: Config): AuditOptions['source'] => ({
  id: node.name,
  enterpriseSiteId: node.institutionName,
})

/** Every event of a node, written to the audit trail too where the trail tells of it. */
export function auditedEvents(
  config: Config,
  events: Events,
  resources: Resources,
  patientIdOf: AuditOptions['patientIdOf'],
): { events: Events; settle: () => Promise<void>; trail: Audit['own'] } {
  // Closed after the trail, so that it sends the last messages too.
  const own = () => audit.own
  forwardTo(config, own, events, resources)
  const audit: Audit = resources.use(
    openAudit({
      directory: auditDirectory(config),
      source: auditSource(config),
      us: us(config),
      onFailure: (error, waiting) => events.auditNotWritten(asFailure(error, 'STORAGE_FAILED'), waiting),
      patientIdOf: config.audit.patientId ? patientIdOf : undefined,
    }),
  )
  const received = receiveAudit(audit.record, us(config))
  const destinations = new Map(config.destinations.map((each) => [each.name, otherOf(each)]))
  const listeners = {
    ...received.events,
    ...analyseAudit(audit.record, us(config)),
    ...deliverAudit(audit.record, us(config), destinations),
    ...storageAudit(audit.record, us(config)),
    ...nodeAudit(audit.record, us(config)),
  }
  // Does not compile when one of them is no event.
  const heard: Pick<Events, keyof typeof listeners> = listeners
  return {
    events: withListeners(events, heard),
    trail: audit.own,
    async settle() {
      received.close()
      await audit.settled()
    },
  }
}

/** A destination by its AE title, or by its address. */
function otherOf(destination: Destination): Other {
  if (destination.type === 'dicomweb') return { name: destination.url, address: new URL(destination.url).hostname }
  const { host } = destination
  if (destination.type === 'hl7') return { name: `${host}:${destination.port}`, address: host }
  const { aeTitle } = destination
  return { name: aeTitle, aeTitle, address: host }
}

function forwardTo(config: Config, own: () => Audit['own'], events: Events, resources: Resources): void {
  const { repository } = config.audit
  if (!repository) return
  resources.use(
    openForwarder({
      directory: auditDirectory(config),
      own,
      send: syslogSender(repository),
      onFailure: events.auditNotForwarded,
      onLook: events.auditUnsent,
    }),
  )
}
