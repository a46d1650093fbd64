import sharp from 'sharp'
import type { Radiograph } from '../../src/dicom/radiograph.ts'
import { corpus } from './needs.ts'

/** Every real frontal chest radiograph of the corpus, each picture once. */
export const REAL_FRONTAL = [
  'chest/AIHCND_C2_Starte__test1.dcm',
  'chest/Registration__cxr.dcm',
  'chest/dcmnorm__sc.dcm',
  'derived/nih8_rle.dcm',
  'png/kermany_NORMAL2-IM-1144-0001.jpeg',
  'png/kermany_person1499_virus_2609.jpeg',
  'png/kermany_person1501_virus_2611.jpeg',
  'png/kermany_person1712_bacteria_4529.jpeg',
  'png/nih_00000001_001-Cardiomegaly-Emphysema.png',
  'png/nih_00000050_000.png',
  'png/nih_00000053_001.png',
]

/** A picture of the corpus that is no DICOM file; its first channel. */
export async function readPicture(name: string): Promise<Radiograph> {
  // libvips would apply the colour profile one of them carries.
  const picture = sharp(corpus(`png/${name}`), { ignoreIcc: true })
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const pixels = Uint8Array.from({ length: info.width * info.height }, (_, i) => data[i * info.channels] ?? 0)
  return { rows: info.height, columns: info.width, bitsStored: 8, signed: false, photometric: 'MONOCHROME2', pixels }
}
