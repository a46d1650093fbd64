import { randomBytes } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SopClass } from '../../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../../src/dicom/write-instance.ts'

/** Instances of one size, as files that are told apart again before each push. */
export type Batch = {
  readonly kind: 'CR' | 'CT-size'
  readonly files: readonly string[]
  /** Of all files together. */
  readonly bytes: number
}

type Uids = { readonly study: string; readonly series: string; readonly instance: string }

/** 64 characters always, so that one takes the place of another. */
function newUid(): string {
  const digits = BigInt(`0x${randomBytes(24).toString('hex')}`)
    .toString()
    .padStart(58, '1')
    .slice(0, 58)
  return `2.25.1${digits}`.slice(0, 64)
}

const newUids = (): Uids => ({ study: newUid(), series: newUid(), instance: newUid() })

function encode({ study, series, instance }: Uids, rows: number, columns: number): Buffer {
  const pixels = new Uint16Array(rows * columns)
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 2654435761) >>> 20
  return Buffer.from(
    encodeInstance({
      SOPClassUID: SopClass.ComputedRadiographyImageStorage,
      SOPInstanceUID: instance,
      StudyInstanceUID: study,
      SeriesInstanceUID: series,
      PatientName: 'SIMULATED^BENCH',
      PatientID: 'BENCH',
      PatientBirthDate: null,
      PatientSex: 'O',
      StudyDate: '20260101',
      StudyTime: '120000',
      ReferringPhysicianName: null,
      StudyID: '1',
      AccessionNumber: 'BENCH',
      Modality: 'CR',
      Manufacturer: 'mcads-node',
      BodyPartExamined: 'CHEST',
      ViewPosition: 'PA',
      SeriesNumber: 1,
      InstanceNumber: 1,
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      Rows: rows,
      Columns: columns,
      BitsAllocated: 16,
      BitsStored: 12,
      HighBit: 11,
      PixelRepresentation: 0,
      PixelData: new Uint8Array(pixels.buffer),
    }),
  )
}

const HEADER_BYTES = 4096
const PER_STUDY = { CR: 2, 'CT-size': 30 } as const

function placesOf(header: Buffer, text: string): number[] {
  const places: number[] = []
  for (let at = header.indexOf(text); at >= 0; at = header.indexOf(text, at + 1)) places.push(at)
  return places
}

/** Writes `count` files of rows × columns 16-bit pixels into the folder. */
export async function makeBatch(
  folder: string,
  kind: Batch['kind'],
  { rows, columns, count }: { rows: number; columns: number; count: number },
): Promise<Batch & { renew(): Promise<void> }> {
  const template = newUids()
  const encoded = encode(template, rows, columns)
  const header = encoded.subarray(0, HEADER_BYTES)
  const places = (['study', 'series', 'instance'] as const).map(
    (name) => [name, placesOf(header, template[name])] as const,
  )
  const files = Array.from({ length: count }, (_, index) => join(folder, `${kind}-${index}.dcm`))
  for (const file of files) await writeFile(file, encoded)
  const stamp = async (file: string, uids: Uids) => {
    const handle = await open(file, 'r+')
    for (const [name, at] of places) for (const place of at) await handle.write(uids[name], place, 'latin1')
    await handle.close()
  }
  return {
    ...{ kind, files, bytes: encoded.length * count },
    /** Makes them instances that nobody has seen. */
    async renew() {
      let uids = newUids()
      for (const [index, file] of files.entries()) {
        uids = index % PER_STUDY[kind] === 0 ? newUids() : { ...uids, instance: newUid() }
        await stamp(file, uids)
      }
    },
  }
}
