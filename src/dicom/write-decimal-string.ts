import { Failure } from '../failure.ts'

const MAX_LENGTH = 16
const MAX_DIGITS = 17

const withoutTrailingZeros = (text: string): string => text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')

/** The number as a DS of at most 16 characters with as many digits as fit, PS3.5 section 6.2. @throws Failure RESULT_INVALID */
export function decimalString(value: number): string {
  const exact = String(Object.is(value, -0) ? 0 : value)
  for (let digits = MAX_DIGITS; Number.isFinite(value) && digits > 0; digits--) {
    const candidates = [exact, value.toPrecision(digits), value.toExponential(digits - 1)]
    const fitting = candidates.map(withoutTrailingZeros).find((text) => text.length <= MAX_LENGTH)
    if (fitting !== undefined) return fitting
  }
  throw new Failure('RESULT_INVALID', 'not a number that a decimal string can hold')
}
