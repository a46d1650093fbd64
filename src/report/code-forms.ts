/** Verhoeff 1969: multiplication in the dihedral group of order 10. */
function product(a: number, b: number): number {
  const [low, high] = [a % 5, b % 5]
  if (a < 5) return b < 5 ? (low + high) % 5 : 5 + ((low + high) % 5)
  return b < 5 ? 5 + ((low - high + 5) % 5) : (low - high + 5) % 5
}

const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

function permuted(digit: number, times: number): number {
  let result = digit
  for (let i = 0; i < times % 8; i++) result = PERMUTATION[result] ?? 0
  return result
}

/** The last digit of a SNOMED CT identifier checks the others: a typing error is found. */
const isSnomedId = (value: string): boolean =>
  /^[1-9]\d{5,17}$/.test(value) &&
  [...value].reverse().reduce((sum, digit, place) => product(sum, permuted(Number(digit), place)), 0) === 0

type Form = { readonly allows: (value: string) => boolean; readonly words: string }

/** How code values of some coding schemes look, PS3.16 section 8. */
const FORMS: Readonly<Record<string, Form>> = {
  SCT: { allows: isSnomedId, words: 'a SNOMED CT identifier (its last digit checks the others)' },
  SRT: { allows: () => false, words: 'to be used: SRT is retired, write SCT' },
  LN: { allows: (value) => /^\d{1,7}-\d$/.test(value), words: 'a LOINC code' },
  UMLS: { allows: (value) => /^C\d{7}$/.test(value), words: 'a UMLS concept identifier' },
  RADLEX: { allows: (value) => /^RID\d+$/.test(value), words: 'a RadLex identifier' },
}

/** What is wrong with a code value of this scheme, if its form is known. */
export function codeFault(scheme: string, value: string): string | undefined {
  const form = Object.hasOwn(FORMS, scheme) ? FORMS[scheme] : undefined
  return form && !form.allows(value) ? `is not ${form.words}` : undefined
}
