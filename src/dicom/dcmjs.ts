import { createRequire } from 'node:module'

type Entry = { readonly tag: string; readonly vr: string; readonly version: string }

type Dcmjs = {
  readonly log: { setLevel(level: 'silent'): void }
  readonly data: { readonly DicomMetaDictionary: { readonly nameMap: Readonly<Record<string, Entry | undefined>> } }
}

// Required rather than imported: dcmjs-dimse and dcmjs-codecs require it too, and one copy is 17 MB.
const dcmjs: Dcmjs = createRequire(import.meta.url)('dcmjs')

// Its warnings quote values of data sets, and so patient data.
dcmjs.log.setLevel('silent')

/** PS3.6 by keyword; tags as `(0028,0010)`, VRs partly in dcmjs' own spelling (`xs`, `ox`, …). */
export const dcmjsEntry = (keyword: string): Entry | undefined => {
  const { nameMap } = dcmjs.data.DicomMetaDictionary
  return Object.hasOwn(nameMap, keyword) ? nameMap[keyword] : undefined
}
