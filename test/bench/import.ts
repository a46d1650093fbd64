/**
 * How far imported networks are from PyTorch's, at full size: `npx tsx test/bench/import.ts [FOLDER]`. Without a folder the
 * checkpoints are made by test/fixtures/torch/make.py, which needs Debian's python3-torch and python3-torchvision.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureEquality, TORCH_FIXTURES, torchCases } from '../support/torch-cases.ts'

const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'mcads-torch-'))
try {
  if (!given) execFileSync('/usr/bin/python3', ['-W', 'ignore', join(TORCH_FIXTURES, 'make.py'), 'full', folder])
  console.log('greatest differences from PyTorch (features and maps in parts of their maximum)')
  for (const each of [TORCH_FIXTURES, folder])
    for (const one of torchCases(each))
      for (const checkpoint of one.checkpoints) {
        const { logits, outputs, features, maps, pli } = await measureEquality(each, one, checkpoint)
        const figures = Object.entries({ logits, outputs, features, maps, pli })
        const words = figures.map(([name, value]) => `${name} ${value.toExponential(1)}`)
        console.log(`${checkpoint.padEnd(32)} ${words.join('  ')}`)
      }
} finally {
  if (!given) rmSync(folder, { recursive: true, force: true })
}
