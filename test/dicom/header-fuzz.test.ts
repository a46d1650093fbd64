import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkInstance } from '../../src/dicom/check-instance.ts'
import { type Header, parseHeader } from '../../src/dicom/header.ts'
import { Failure } from '../../src/failure.ts'
import { corpus, describeWith } from '../support/needs.ts'

const FILES = [
  'chest/highdicom__dx_image.dcm',
  'charset/pydicom__chrSQEncoding.dcm',
  'transfer-syntax/dtf__MR_small_bigendian.dcm',
  'transfer-syntax/dtf__MR_small_implicit.dcm',
  'transfer-syntax/fo-dicom__Issue1097_FailToOpenDeflatedFileWithSQ.dcm',
  'broken/dtf__explicit_VR-UN.dcm',
  'non-image/dcmjs__sample-sr.dcm',
]

const mutation = fc.oneof(
  fc.record({ at: fc.nat(20_000), byte: fc.nat(255) }),
  fc.record({ at: fc.nat(20_000), byte: fc.constantFrom(0, 0xff, 0xfe) }),
)

function mutate(bytes: Buffer, changes: readonly { at: number; byte: number }[], length: number): Buffer {
  const mutated = Buffer.from(bytes.subarray(0, Math.min(20_000, bytes.length)))
  for (const { at, byte } of changes) mutated[at % mutated.length] = byte
  return mutated.subarray(0, length % (mutated.length + 1))
}

function readAll(header: Header, depth = 0): void {
  for (const keyword of ['Rows', 'WindowCenter', 'PixelPaddingValue', 'ImageType', 'SOPInstanceUID']) {
    header.numbers(keyword)
    header.strings(keyword)
  }
  const items = ['ContentSequence', 'ReferencedImageSequence', 'ViewCodeSequence'].flatMap((one) => header.items(one))
  if (depth < 5) for (const item of items) readAll(item, depth + 1)
}

function onlyFailures(read: () => void): void {
  const before = performance.now()
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
  }
  expect(performance.now() - before).toBeLessThan(2000)
}

describeWith(['corpus'], 'whatever bytes come', () => {
  test.each(FILES)('reading a mutated %s throws nothing but a Failure, soon', (file) => {
    const original = readFileSync(corpus(`dicom/${file}`))
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 12 }), fc.nat(), (changes, length) => {
        const bytes = mutate(original, changes, length % 3 === 0 ? length : 20_000)
        onlyFailures(() => readAll(parseHeader(bytes)))
        onlyFailures(() => checkInstance(bytes, 1_000_000, { sopClassUid: '1.2', sopInstanceUid: '1.3' }))
      }),
      { numRuns: 300 },
    )
  })
})
