import type { InstanceFiles } from '../../src/files/instance-files.ts'
import type { Overrides, Role } from '../../src/roles/node.ts'
import type { Parts } from '../../src/roles/parts.ts'

const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing may happen before it arrives.
  for (;;);
}

const withFiles = (change: (files: InstanceFiles) => Partial<InstanceFiles>) => (parts: Parts) => ({
  files: { ...parts.files, ...change(parts.files) },
})
const atEvent = (name: keyof Parts['events']) => (parts: Parts) => ({ events: { ...parts.events, [name]: die } })

/** Every hand-over at which a role may be killed, and how to get it killed just there. */
export const KILL_POINTS: Readonly<Record<string, { role: Role; overrides: Overrides }>> = {
  'the file is durable and has no row': {
    role: 'receiver',
    overrides: withFiles((files) => ({
      openSink(incoming) {
        const sink = files.openSink(incoming)
        const arrive = sink.finish.bind(sink)
        sink.finish = async () => {
          await arrive()
          return die()
        }
        return sink
      },
    })),
  },
  'the row is written and the file not settled': { role: 'receiver', overrides: withFiles(() => ({ settle: die })) },
  'the instance is stored and not acknowledged': { role: 'receiver', overrides: atEvent('instanceStored') },
  'the study is complete and the bell not rung': { role: 'receiver', overrides: atEvent('studyCompleted') },
  'the analysis is claimed': { role: 'worker', overrides: withFiles(() => ({ readHeader: die })) },
  'one result is written and no row': {
    role: 'worker',
    overrides: withFiles((files) => ({ saveResult: (bytes) => files.saveResult(bytes).then(die) })),
  },
  'the analysis is saved and the bell not rung': { role: 'worker', overrides: atEvent('studyAnalysed') },
  'the deliveries are claimed and nothing is sent': {
    role: 'sender',
    overrides: withFiles(() => ({ resultPath: die })),
  },
  'all is delivered and not told': { role: 'sender', overrides: atEvent('delivered') },
}
