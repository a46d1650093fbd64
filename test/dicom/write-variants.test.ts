import { expect, test } from 'vitest'
import { encodeInstance, variantsOf } from '../../src/dicom/write-instance.ts'

test('instances that differ in a few attributes are the same bytes as each written whole', () => {
  const shared = {
    ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.34', SOPInstanceUID: '2.25.7', PatientID: 'P1', InstanceNumber: 1 },
    ContentSequence: [
      { ValueType: 'TEXT', TextValue: 'one' },
      { ValueType: 'TEXT', TextValue: 'three' },
    ],
  }
  const encode = variantsOf(shared)
  for (const change of [
    { SOPInstanceUID: '2.25.8888' },
    { SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33' },
    { Modality: 'SR' },
    {},
  ])
    expect(Buffer.from(encode(change))).toEqual(Buffer.from(encodeInstance({ ...shared, ...change })))
})

test('a variant that cannot be written is a Failure that names the attribute', () => {
  const encode = variantsOf({ SOPClassUID: '1.2', SOPInstanceUID: '2.25.7' })
  expect(() => encode({ StudyInstanceUID: 'not a UID' })).toThrow(
    expect.objectContaining({ code: 'RESULT_INVALID', message: expect.stringContaining('StudyInstanceUID') }),
  )
})
