import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import type { Overrides } from '../../src/roles/node.ts'

type Line = { msg: string; [field: string]: unknown }

/** What a node logs, in every level, while its parts are overridden with `overrides`. */
export function recordedLog() {
  const lines: Line[] = []
  const logger = openLogger('debug', { write: (line) => void lines.push(JSON.parse(line)) })
  const overrides: Overrides = ({ metrics }) => ({ events: openEvents(logger, metrics) })
  return { overrides, lines, saying: (msg: string) => lines.filter((line) => line.msg === msg) }
}
