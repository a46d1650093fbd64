import { dcmjsEntry } from './dcmjs.ts'

/** `tag` is 8 hexadecimal digits, upper case (PS3.18 F.2.2); `vr` as PS3.6 writes it, so also `US or SS`. */
export type Attribute = { readonly tag: string; readonly vr: string }

const VR_OF: Readonly<Record<string, string>> = { ox: 'OB or OW', xs: 'US or SS', lt: 'US or OW', up: 'UL' }

const known = new Map<string, Attribute>()

/** The data element of a keyword, PS3.6 section 6. A keyword that is not there is a mistake of ours: throws a plain Error. */
export function attributeOf(keyword: string): Attribute {
  const before = known.get(keyword)
  if (before) return before
  const entry = dcmjsEntry(keyword)
  if (!entry || entry.version === 'PrivateTag') throw new Error(`no such keyword in PS3.6: ${keyword}`)
  const attribute = { tag: entry.tag.replace(/\W/g, '').toUpperCase(), vr: VR_OF[entry.vr] ?? entry.vr }
  known.set(keyword, attribute)
  return attribute
}
