import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import { openMetrics } from '../../src/observe/metrics.ts'
import type { Overrides } from '../../src/roles/node.ts'

type Line = { msg: string; [field: string]: unknown }

/** What a node logs, in every level, while its parts are overridden with `overrides`; or what is told of `events`. */
export function recordedLog() {
  const lines: Line[] = []
  const logger = openLogger('debug', { write: (line) => void lines.push(JSON.parse(line)) })
  const overrides: Overrides = ({ metrics }) => ({ events: openEvents(logger, metrics) })
  const events = openEvents(logger, openMetrics())
  return { overrides, events, lines, saying: (msg: string) => lines.filter((line) => line.msg === msg) }
}
