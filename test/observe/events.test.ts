import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import { openMetrics } from '../../src/observe/metrics.ts'
import { describeWith } from '../support/needs.ts'

const study = { studyInstanceUid: '1.2.3', revision: 1 }
const peer = { associationId: 'a', callingAeTitle: 'CR1', calledAeTitle: 'MCADS', remoteAddress: '10.0.0.9' }

function observe() {
  const lines: string[] = []
  const metrics = openMetrics()
  const events = openEvents(openLogger('debug', { write: (line) => lines.push(line) }), metrics)
  return { events, metrics, lines, log: () => lines.map((line): unknown => JSON.parse(line)) }
}

test('an event is one log line and its metrics', async () => {
  const { events, metrics, log } = observe()
  events.studyAnalysed(study, { decode: 120, inference: 80 }, 2)
  expect(log()).toMatchObject([{ level: 'info', studyInstanceUid: '1.2.3', positive: 2, msg: 'study analysed' }])
  const text = await metrics.registry.metrics()
  expect(text).toContain('mcads_studies_analysed_total 1')
  expect(text).toContain('mcads_stage_duration_seconds_sum{stage="decode"} 0.12')
})

test('that a destination does not say what it kept is a warning once, until it has spoken', () => {
  const { events, log } = observe()
  for (const outcome of ['unconfirmed', 'unconfirmed', 'confirmed', 'unconfirmed'] as const)
    events.deliveriesSettled('pacs', outcome, 3)
  events.deliveriesSettled('archive', 'unconfirmed', 3)
  expect(log()).toMatchObject([
    { level: 'warn', destination: 'pacs', instances: 3, msg: expect.stringContaining('confirm: none') },
    { level: 'info', destination: 'pacs' },
    { level: 'info', destination: 'pacs', msg: 'the destination says that it has the results' },
    { level: 'warn', destination: 'pacs' },
    { level: 'warn', destination: 'archive' },
  ])
})

test('a failure is logged with its code, and without the data its cause carried', () => {
  const { events, lines } = observe()
  const cause = Object.assign(new Error('duplicate key'), { client: { password: 'secret' }, dataSet: 'DOE^JANE' })
  events.analysisFailed(study, new Failure('DATABASE_UNAVAILABLE', 'the database is down', { cause }), 'retried')
  expect(lines.join()).toContain('DATABASE_UNAVAILABLE')
  expect(lines.join()).not.toMatch(/secret|DOE/)
})

test('what quality checks say of an image is counted by reason and outcome; what they have nothing against is not', async () => {
  const { events, metrics, lines } = observe()
  events.imageJudged([
    { check: 'view', outcome: 'passed' },
    { check: 'age', outcome: 'caveat', measured: 7, limit: 18 },
    { check: 'frontalPixels', outcome: 'declined', measured: 0.01, limit: 0.5 },
    { check: 'distribution', outcome: 'failed' },
  ])
  const counted = (await metrics.registry.metrics()).match(/^mcads_quality_reasons_total.*$/gm)
  expect(counted).toEqual([
    'mcads_quality_reasons_total{reason="AGE_NOT_INTENDED",outcome="caveat"} 1',
    'mcads_quality_reasons_total{reason="PIXELS_NOT_FRONTAL",outcome="declined"} 1',
    'mcads_quality_reasons_total{reason="OUT_OF_DISTRIBUTION",outcome="failed"} 1',
  ])
  expect(lines).toEqual([])
})

test('the gauge of open associations goes up and down', async () => {
  const { events, metrics } = observe()
  events.associationOpened(peer)
  events.associationOpened(peer)
  events.associationClosed(peer, 'released', 3, 1200)
  expect(await metrics.registry.metrics()).toContain('mcads_associations_open 1')
})

describeWith(['promtool'], 'promtool', () => {
  test('finds nothing to complain about in the metrics', async () => {
    const { events, metrics } = observe()
    events.studyCompleted(study)
    events.studyDeclined(study, 'BODY_PART_NOT_CHEST')
    events.delivered('pacs', '7', 4, 80, 1)
    const answer = execFileSync('promtool', ['check', 'metrics'], { input: await metrics.registry.metrics() })
    expect(answer.toString()).toBe('')
  })
})
