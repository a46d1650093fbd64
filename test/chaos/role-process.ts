import { readConfig } from '../../src/config/read-config.ts'
import { ROLES, type Role, startNode } from '../../src/roles/node.ts'
import { KILL_POINTS } from './kill-points.ts'

// A process of its own with one role, configured by its environment, that dies at the given hand-over; else it stays until
// killed or disconnected.
const [name = '', killPoint = ''] = process.argv.slice(2)
const isRole = (text: string): text is Role => ROLES.some((role) => role === text)
const node = await startNode(
  readConfig(undefined, process.env),
  ROLES.filter(isRole).filter((role) => name === 'all' || role === name),
  KILL_POINTS[killPoint]?.overrides,
)
process.send?.({ dicomPort: node.dicomPort ?? 0 })
process.once('disconnect', () => void node[Symbol.asyncDispose]())
