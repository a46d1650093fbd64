import { expect, test } from 'vitest'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { PixelRoom, reuseMemory } from '../../src/dicom/pixel-room.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'

function pixels(length: number) {
  const room = new PixelRoom(length)
  room.pixels.forEach((_, i) => {
    room.pixels[i] = i + 1
  })
  return room
}

const about = (room: PixelRoom, PatientID = 'P1', PixelData: DataSet[string] = room.pixels): DataSet => ({
  ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '2.25.7', PatientID, PixelData },
})
const copied = (dataSet: DataSet) => Buffer.from(encodeInstance(dataSet))
const encoded = (dataSet: DataSet, room: PixelRoom) => Buffer.from(encodeInstance(dataSet, undefined, room))

test.each([6, 9])('a file around %i pixel bytes is the same as one they are copied into', (length) => {
  const room = pixels(length)
  const file = encodeInstance(about(room), undefined, room)
  expect(Buffer.from(file)).toEqual(copied(about(room)))
  expect(file.buffer).toBe(room.pixels.buffer)
})

test('a second file with the same pixels leaves the first as it is', () => {
  const room = pixels(9)
  const first = encodeInstance(about(room, 'P1'), undefined, room)
  const second = encodeInstance(about(room, 'ANOTHER'), undefined, room)
  expect(second.buffer).not.toBe(first.buffer)
  expect(Buffer.from(first)).toEqual(copied(about(room, 'P1')))
  expect(Buffer.from(second)).toEqual(copied(about(room, 'ANOTHER')))
})

test('pixels are copied where there is no room for what stands before them', () => {
  const room = pixels(6)
  const long = { ...about(room), ImageComments: 'x'.repeat(10_000), DerivationDescription: 'y'.repeat(1000) }
  const items = { SourceImageSequence: [{ ImageComments: 'z'.repeat(10_000) }] }
  expect(encoded({ ...long, ...items }, room)).toEqual(copied({ ...long, ...items }))
})

test('a file with other pixels, or compressed ones, has nothing to do with the room', () => {
  const room = pixels(6)
  const compressed = about(room, 'P1', { fragments: [Uint8Array.of(1, 2, 3)] })
  expect(encoded(compressed, room)).toEqual(copied(compressed))
  const others = about(room, 'P1', Uint8Array.of(9, 9))
  expect(encoded(others, room)).toEqual(copied(others))
})

test('the memory of a file that is done with is the next one’s; who still holds the file finds nothing in it then', () => {
  const room = pixels(9)
  const file = encodeInstance(about(room), undefined, room)
  reuseMemory(file)
  // Once more is no second piece of memory.
  reuseMemory(file)
  const next = pixels(6)
  expect([file.length, room.pixels.length]).toEqual([0, 0])
  expect(encoded(about(next), next)).toEqual(copied(about(next)))
  reuseMemory(file)
  expect(encoded(about(next, 'P2'), pixels(6))).toEqual(copied(about(next, 'P2')))
})

test('memory in which no file was made stays its owner’s', () => {
  const own = Uint8Array.of(1, 2, 3)
  reuseMemory(own)
  reuseMemory(encodeInstance({ SOPClassUID: '1.2', SOPInstanceUID: '2.25.7', PixelData: own }))
  expect(own).toEqual(Uint8Array.of(1, 2, 3))
})
