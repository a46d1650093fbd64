import { Failure } from '../failure.ts'
import type { CodedConcept, FindingCode, FindingCodes } from '../study/finding.ts'
import { codeFault } from './code-forms.ts'

const MAX_LENGTH: Readonly<Record<keyof CodedConcept, number>> = { value: 16, scheme: 16, meaning: 64 }

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function parseJson(text: string): Json {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', 'the finding codes are not JSON', { cause })
  }
  if (!isObject(value)) throw new Failure('CONFIG_INVALID', 'the finding codes are not an object')
  return value
}

/** One coded concept, PS3.3 Table 8.8-1; adds what is wrong to `faults`. */
function parseConcept(json: unknown, path: string, faults: string[]): CodedConcept {
  const read = (key: keyof CodedConcept): string => {
    const value = isObject(json) ? json[key] : undefined
    if (typeof value === 'string' && /^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]*[\x21-\x5b\x5d-\x7e])?$/.test(value)) {
      if (value.length <= MAX_LENGTH[key]) return value
    }
    faults.push(`${path}.${key} is not ASCII text of 1 to ${MAX_LENGTH[key]} characters`)
    return ''
  }
  const concept = { value: read('value'), scheme: read('scheme'), meaning: read('meaning') }
  const fault = concept.value && codeFault(concept.scheme, concept.value)
  if (fault) faults.push(`${path}.value ${fault}`)
  return concept
}

function parseCode(json: unknown, label: string, faults: string[]): FindingCode {
  if (!isObject(json)) faults.push(`${label} is not an object`)
  const { finding, site, ...unknown } = isObject(json) ? json : {}
  for (const key of Object.keys(unknown)) faults.push(`${label}.${key} is not known`)
  return {
    finding: parseConcept(finding, `${label}.finding`, faults),
    site: parseConcept(site, `${label}.site`, faults),
  }
}

/**
 * Codes by label, from texts as `config/codes.json` is one; a later text's labels go before an earlier one's. Every label of
 * the model must have a code.
 * @throws Failure CONFIG_INVALID naming all faults
 */
export function parseFindingCodes(texts: readonly string[], labels: readonly string[]): FindingCodes {
  const faults: string[] = []
  const codes = Object.fromEntries(
    texts.flatMap((text) =>
      Object.entries(parseJson(text)).map(([label, json]) => [label, parseCode(json, label, faults)]),
    ),
  )
  for (const label of labels) if (!Object.hasOwn(codes, label)) faults.push(`no code for the label ${label}`)
  if (faults.length > 0) throw new Failure('CONFIG_INVALID', `finding codes: ${faults.join('; ')}`)
  return codes
}

/** @throws Failure RESULT_INVALID for a label without a code */
export function codeOf(codes: FindingCodes, label: string): FindingCode {
  const code = Object.hasOwn(codes, label) ? codes[label] : undefined
  if (!code) throw new Failure('RESULT_INVALID', `no code for the label ${label}`)
  return code
}
