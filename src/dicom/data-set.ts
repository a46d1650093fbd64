/**
 * A data set as a value, by keyword (PS3.6). Text is ours and ASCII; bytes are copied as they stand (a source's text in
 * its own character set, or pixels); an array of data sets is a sequence; null or [] is an attribute without a value.
 */
export type DataSet = { readonly [keyword: string]: Value }
export type Value =
  | null
  | string
  | number
  | Uint8Array
  | readonly string[]
  | readonly number[]
  | readonly DataSet[]
  | Encapsulated

/** Pixel Data in fragments, one for each frame (PS3.5 Annex A.4): the one value without a defined length. */
export type Encapsulated = { readonly fragments: readonly Uint8Array[] }
