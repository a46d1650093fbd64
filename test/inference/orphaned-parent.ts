import { forkChild } from '../../src/inference/child.ts'

// Started by a test that kills it: its child hangs and must not outlive it.
const entry = new URL('./unruly-child.ts', import.meta.url)
const child = forkChild({ entry, setup: '', startTimeoutMs: 60_000, jobTimeoutMs: 600_000 })
const reply = await child.run({ do: 'who' })
process.send?.(reply)
await child.run({ do: 'hang' })
