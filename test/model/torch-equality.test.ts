import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildNetwork, encodeNetwork } from '../../src/model/onnx/build-network.ts'
import { parametersOf } from '../../src/model/torch/parameters.ts'
import { readCheckpoint } from '../../src/model/torch/read-checkpoint.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { type Equality, importCheckpoint, measureEquality, TORCH_FIXTURES, torchCases } from '../support/torch-cases.ts'

/** Logits, outputs of sigmoid, and feature and heat maps in parts of their maximum. */
const LIMITS: Equality = { logits: 1e-3, outputs: 1e-5, features: 1e-3, maps: 1e-3, pli: 1e-3 }

function expectEqual(measured: Equality): void {
  for (const key of ['logits', 'outputs', 'features', 'maps', 'pli'] as const)
    expect(measured[key], key).toBeLessThanOrEqual(LIMITS[key])
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength)

describe('an imported network answers as PyTorch does: logits, features, Grad-CAM and PLI of', () => {
  const checkpoints = torchCases(TORCH_FIXTURES).flatMap((one) => one.checkpoints.map((name) => ({ one, name })))

  test.each(checkpoints)('$name', async ({ one, name }) => {
    expectEqual(await measureEquality(TORCH_FIXTURES, one, importCheckpoint(TORCH_FIXTURES, one, name)))
  })
})

const TORCH = ['/usr/lib/python3/dist-packages/torch', '/usr/lib/python3/dist-packages/torchvision']

describeWith(TORCH, 'at full size an imported network answers as PyTorch does:', () => {
  test('DenseNet-121 in both formats and as a state dictionary, and ResNet-50', async () => {
    const folder = await temporaryFolder()
    execFileSync('/usr/bin/python3', ['-W', 'ignore', join(TORCH_FIXTURES, 'make.py'), 'full', folder])
    for (const one of torchCases(folder)) {
      const [first = '', ...others] = one.checkpoints
      const imported = importCheckpoint(folder, one, first)
      expectEqual(await measureEquality(folder, one, imported))
      // The network that was measured, byte for byte: it answers the same.
      for (const name of others) {
        const { onnx, classifier } = importCheckpoint(folder, one, name)
        expect(Buffer.compare(onnx, imported.onnx), name).toBe(0)
        expect(Buffer.compare(bytesOf(classifier), bytesOf(imported.classifier)), name).toBe(0)
      }
    }
  }, 300_000)
})

const ONNX = ['/usr/lib/python3/dist-packages/onnx']

describeWith(ONNX, "ONNX's own checker", () => {
  test('finds nothing wrong with what is written', async () => {
    const folder = await temporaryFolder()
    for (const { name, size, checkpoints } of torchCases(TORCH_FIXTURES)) {
      const bytes = readFileSync(join(TORCH_FIXTURES, checkpoints[0] ?? ''))
      const path = join(folder, `${name}.onnx`)
      writeFileSync(path, encodeNetwork(buildNetwork(parametersOf(readCheckpoint(bytes))), size))
      const script =
        'import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); print("fine")'
      expect(execFileSync('/usr/bin/python3', ['-c', script, path], { encoding: 'utf8' })).toContain('fine')
    }
  })
})
