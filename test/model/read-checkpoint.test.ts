import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { buildNetwork, encodeNetwork } from '../../src/model/onnx/build-network.ts'
import { parametersOf } from '../../src/model/torch/parameters.ts'
import { readCheckpoint } from '../../src/model/torch/read-checkpoint.ts'
import { TORCH_FIXTURES } from '../support/torch-cases.ts'
import { storedZip, zipCheckpoint } from '../support/torch-files.ts'

const fixture = (name: string) => readFileSync(join(TORCH_FIXTURES, name))
const networkOf = (bytes: Uint8Array) => buildNetwork(parametersOf(readCheckpoint(bytes)))
const refused = (message: RegExp) =>
  expect.objectContaining({ name: 'Failure', code: 'MODEL_INVALID', message: expect.stringMatching(message) })

/** `module.name(*())` as a pickle says it. */
const calling = (module: string, name: string) => zipCheckpoint(`\x80\x02c${module}\n${name}\n)R.`)

describe('a checkpoint is read', () => {
  test.each([
    ['densenet-small-zip.pt', 'zip'],
    ['densenet-small-legacy.pt', 'legacy'],
    ['densenet-small-state.pt', 'zip'],
  ])('from %s, in the %s format, and says which', (name, format) => {
    expect(readCheckpoint(fixture(name)).format).toBe(format)
  })

  test('to the same ONNX file, byte for byte, whichever way it was saved', () => {
    const [whole, legacy, state] = ['zip', 'legacy', 'state'].map((how) =>
      encodeNetwork(networkOf(fixture(`densenet-small-${how}.pt`)), 96),
    )
    expect(legacy).toEqual(whole)
    expect(state).toEqual(whole)
  })

  test('for what it is: family, blocks, channels and outputs', () => {
    expect(networkOf(fixture('densenet-small-zip.pt')).architecture).toEqual({
      ...{ family: 'densenet', blocks: [2, 3, 2, 2], inputChannels: 1, outputs: 18, features: 17 },
    })
    expect(networkOf(fixture('resnet-basic-state.pt')).architecture).toMatchObject({
      ...{ family: 'resnet', blocks: [1, 2, 1, 1], inputChannels: 1, outputs: 18 },
    })
  })
})

describe('what a pickle asks for beyond a network is refused by name and not run:', () => {
  test.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['subprocess', 'Popen'],
    ['torch.hub', 'load'],
    ['torchxrayvision.models', 'DenseNet.__init__'],
    ['__main__', 'Net'],
  ])('%s.%s', (module, name) => {
    const message = new RegExp(`${module}.${name}`.replaceAll('.', '\\.'))
    expect(() => readCheckpoint(calling(module, name))).toThrow(refused(message))
  })

  test('a name put together on the stack', () => {
    const bytes = zipCheckpoint('\x80\x04\x8c\x05posix\x8c\x06system\x93)R.')
    expect(() => readCheckpoint(bytes)).toThrow(refused(/posix\.system/))
  })

  test('a known class called with arguments is an empty record, for its code is not here', () => {
    expect(readCheckpoint(calling('torch.nn.modules.conv', 'Conv2d')).root).toMatchObject({ is: 'object' })
  })

  test('opcodes that PyTorch does not write, such as INST', () => {
    expect(() => readCheckpoint(zipCheckpoint('\x80\x02(iposix\nsystem\n.'))).toThrow(refused(/opcode 69h/))
  })
})

describe('what is no checkpoint of a network is refused, saying what it is:', () => {
  const safetensors = Buffer.concat([Buffer.from('4000000000000000', 'hex'), Buffer.from('{"a":{"dtype":"F32"}}')])
  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty file/],
    ['a web page', Buffer.from('<!DOCTYPE html><title>Sign in</title>'), /web page/],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS/],
    ['a safetensors file', safetensors, /safetensors/],
    ['a plain pickle', Buffer.from('8004', 'hex'), /pickle that torch\.save did not write/],
    ['random bytes', Buffer.from('deadbeefdeadbeef', 'hex'), /deadbeef/],
    ['a zip archive of something', storedZip({ 'word/document.xml': Buffer.from('<a/>') }), /without data\.pkl/],
    [
      'TorchScript',
      storedZip({ 'm/data.pkl': Buffer.from('N.'), 'm/constants.pkl': Buffer.from('N.') }),
      /TorchScript/,
    ],
    ['a compressed archive', storedZip({ 'm/data.pkl': Buffer.from('N.') }, 8), /compressed/],
  ])('%s', (_, bytes, message) => {
    expect(() => readCheckpoint(bytes)).toThrow(refused(message))
  })

  test.each<[string, string, RegExp]>([
    ['None', 'N.', /None/],
    ['a list', ']K\x01a.', /a list of 1/],
    [
      'a training checkpoint',
      '}(X\x05\x00\x00\x00epochK\x03X\x05\x00\x00\x00modelNu.',
      /dictionary of 2 \(epoch, model\)/,
    ],
  ])('%s', (_, pickle, message) => {
    expect(() => parametersOf(readCheckpoint(zipCheckpoint(`\x80\x02${pickle}`)))).toThrow(refused(message))
  })
})

test('a network of another family is refused, naming its first parameters', () => {
  const tensors = new Map([['encoder.weight', { shape: [1], data: Float32Array.of(1) }]])
  expect(() => buildNetwork({ tensors, epsilons: new Map() })).toThrow(refused(/neither.*encoder\.weight/))
})

test.each([
  ['lacks a parameter', 'features.norm5.bias', undefined, /has no features\.norm5\.bias/],
  ['has one of another shape', 'features.norm5.bias', [3], /for 3 channels instead of 17/],
  ['has more than the network', 'features.extra.weight', [3], /1 parameters more.*features\.extra/],
])('a DenseNet that %s is refused', (_, name, shape, message) => {
  const { tensors, epsilons } = parametersOf(readCheckpoint(fixture('densenet-small-zip.pt')))
  const changed = new Map(tensors)
  if (shape) changed.set(name, { shape, data: new Float32Array(3) })
  else changed.delete(name)
  expect(() => buildNetwork({ tensors: changed, epsilons })).toThrow(refused(message))
})

test('weights that are no numbers are refused', () => {
  const { tensors, epsilons } = parametersOf(readCheckpoint(fixture('densenet-small-zip.pt')))
  const bias = { shape: [17], data: new Float32Array(17).fill(Number.NaN) }
  expect(() => buildNetwork({ tensors: new Map([...tensors, ['features.norm5.bias', bias]]), epsilons })).toThrow(
    refused(/features\.norm5\.bias holds what is no number/),
  )
})

test.each(['densenet-small-zip.pt', 'densenet-small-legacy.pt'])(
  'a damaged %s is read or refused, and nothing else happens',
  (name) => {
    const whole = fixture(name)
    let state = 20_260_101
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    let refusals = 0
    for (let i = 0; i < 400; i++) {
      const cut = i % 4 === 0
      const damaged = Buffer.from(cut ? whole.subarray(0, random(whole.length)) : whole)
      // The pickle lies in the first 30 KB of both.
      if (!cut) for (let k = 0; k < 4; k++) damaged[random(Math.min(damaged.length, 30_000))] = random(256)
      try {
        networkOf(damaged)
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'MODEL_INVALID') throw error
        refusals++
      }
    }
    expect(refusals).toBeGreaterThan(200)
  },
)
