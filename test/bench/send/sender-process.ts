/** Our Storage SCU alone: stores files at a peer and ends. `node sender-process.ts PORT AET ASSOCIATIONS FILE…` */
import { storeInstances } from '../../../src/dimse/storage-scu.ts'
import { Failure } from '../../../src/failure.ts'
import { readInstanceFile } from '../../../src/files/instance-file.ts'

const [, , port = '0', calledAeTitle = '', associations = '1', ...files] = process.argv
const peer = { host: '127.0.0.1', port: Number(port), calledAeTitle, callingAeTitle: 'BENCH', timeoutMs: 60_000 }
const instances = await Promise.all(files.map((file) => readInstanceFile(file)))
const parts = Number(associations)
// A sender loads it with its first association, and keeps it.
await import('../../../src/dimse/library.ts')
// The parent starts the clock when it reads this: what Node.js takes to start is not ours to mend.
process.stdout.write('ready\n')
await Promise.all(
  Array.from({ length: parts }, (_, part) => {
    const own = instances.filter((_instance, at) => at % parts === part)
    return storeInstances(peer, own, (_instance, outcome) => {
      if (outcome instanceof Failure || outcome.status !== 0) throw new Error('an instance was not taken')
    })
  }),
)
process.stdout.write('done\n')
