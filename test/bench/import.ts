/**
 * How far imported networks are from PyTorch's at full size, and what an import takes: `npm run bench:import [FOLDER]`.
 * Without FOLDER the checkpoints are made by test/fixtures/torch/make.py, which needs Debian's python3-torch and
 * python3-torchvision.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importCheckpoint, measureEquality, TORCH_FIXTURES, torchCases } from '../support/torch-cases.ts'
import { watchMemory } from './watch-memory.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const PUBLISHED: Record<string, string> = { densenet121: 'densenet121-res224-all', resnet50: 'resnet50-res512-all' }

/** The command line's own import, with the child process that runs the model: seconds, and most memory of all together. */
async function importOnce(checkpoint: string, id: string, folder: string): Promise<string> {
  const started = performance.now()
  const args = ['--import', 'tsx', 'src/main.ts', 'model', 'import', checkpoint, '--as', id, '--replace']
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, MCADS_MODEL__DIRECTORY: folder } })
  const memory = watchMemory(child.pid ?? 0)
  const [code] = await once(child, 'exit')
  const seconds = (performance.now() - started) / 1000
  const most = memory.stop()
  return `${code === 0 ? 'imported' : 'FAILED'} in ${seconds.toFixed(1)} s, ${(most / 1e6).toFixed(0)} MB at most`
}

const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'mcads-torch-'))
try {
  if (!given) execFileSync('/usr/bin/python3', ['-W', 'ignore', join(TORCH_FIXTURES, 'make.py'), 'full', folder])
  console.log('greatest differences from PyTorch (features, maps and PLI in parts of their maximum)')
  for (const each of [TORCH_FIXTURES, folder])
    for (const one of torchCases(each))
      for (const checkpoint of one.checkpoints) {
        const imported = importCheckpoint(each, one, checkpoint)
        const { logits, outputs, features, maps, pli } = await measureEquality(each, one, imported)
        const figures = Object.entries({ logits, outputs, features, maps, pli })
        const words = figures.map(([name, value]) => `${name} ${value.toExponential(1)}`)
        console.log(`${checkpoint.padEnd(32)} ${words.join('  ')}`)
      }
  console.log('what `mcads model import` takes')
  for (const { name, checkpoints } of torchCases(folder))
    for (const checkpoint of checkpoints) {
      const words = await importOnce(join(folder, checkpoint), PUBLISHED[name] ?? name, join(folder, 'models'))
      console.log(`${checkpoint.padEnd(32)} ${words}`)
    }
} finally {
  if (!given) rmSync(folder, { recursive: true, force: true })
}
