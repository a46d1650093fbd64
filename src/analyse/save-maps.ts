import type { NewHeatMap } from '../db/heat-map.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import { encodeNpy } from '../model/npy.ts'
import type { AnalysedImage } from './analyse-image.ts'

/** Keeps every heat map as numbers: a NumPy file each, named for its content. */
export function saveMaps(
  files: Pick<InstanceFiles, 'saveResult'>,
  { maps, combined, explanation: method }: Pick<AnalysedImage, 'maps' | 'combined' | 'explanation'>,
): Promise<NewHeatMap[]> {
  const labelled = [...maps].map(([label, map]) => ({ label, map }))
  return Promise.all(
    [...labelled, ...(combined ? [{ label: null, map: combined }] : [])].map(async ({ label, map }) => {
      const { rows, columns, values, empty } = map
      const bytes = encodeNpy(rows, columns, values)
      return { label, method, rows, columns, empty, bytes: bytes.length, ...(await files.saveResult(bytes, 'npy')) }
    }),
  )
}
