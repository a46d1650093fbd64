import { Message } from 'node-hl7-client'
import { Failure, type FailureCode } from '../failure.ts'

export type Acknowledgement = {
  /** MSA-1, HL7 table 0008. */
  readonly code: string
  /** MSA-2: the message it is about. */
  readonly controlId: string
  /** ERR-3.1, HL7 table 0357; '' when there is none. */
  readonly error: string
  /** The receiver's own words: MSA-3, ERR-8, ERR-7. They may speak of the patient: for the study's page, not for logs. */
  readonly words: string
}

const LONGEST_WORDS = 500

/** @throws Failure PEER_NOT_UNDERSTOOD */
export function parseAcknowledgement(answer: Buffer): Acknowledgement {
  const text = answer.toString('utf8').replaceAll(/\r?\n/g, '\r').trim()
  const read = readerOf(text)
  const code = read('MSA.1')
  if (!text.startsWith('MSH') || code === '')
    throw new Failure('PEER_NOT_UNDERSTOOD', 'what came back is no HL7 acknowledgement')
  const said = [read('MSA.3'), read('ERR.8'), read('ERR.7')].filter((words) => words !== '')
  const words = [...new Set(said)].join('; ').slice(0, LONGEST_WORDS)
  // Before version 2.5 the code stood in ERR-1.4.
  return { code, controlId: read('MSA.2'), error: read('ERR.3.1') || read('ERR.1.4'), words }
}

/** The library throws at fields that are not there, and at what is no message at all. */
function readerOf(text: string): (path: string) => string {
  let message: Message | undefined
  try {
    message = new Message({ text })
  } catch {
    return () => ''
  }
  return (path) => {
    try {
      return message.get(path).toString().trim()
    } catch {
      return ''
    }
  }
}

/** Application record locked, application internal error: of the moment. HL7 table 0357. */
const PASSING = ['206', '207']
/** Unsupported message type, event, processing id, version: of the message. */
const FOR_GOOD = ['200', '201', '202', '203']

/** HL7 table 0008: what each code means for the same message sent again, where ERR does not say better. */
const MEANING: Readonly<Record<string, FailureCode | undefined>> = {
  // Error in what the message says; not to be sent again as it is.
  AE: 'HL7_REFUSED',
  CR: 'HL7_REFUSED',
  // Not taken for a reason that is not in the message.
  AR: 'HL7_FAILURE',
  CE: 'HL7_FAILURE',
}

/**
 * Why the receiver has not taken the message; undefined when it has (AA, CA).
 * @throws Failure PEER_NOT_UNDERSTOOD
 */
export function acknowledgementFailure(acknowledgement: Acknowledgement, controlId: string): Failure | undefined {
  const { code, error } = acknowledgement
  if (acknowledgement.controlId !== controlId)
    throw new Failure('PEER_NOT_UNDERSTOOD', 'the acknowledgement is about another message')
  if (code === 'AA' || code === 'CA') return undefined
  const usual = MEANING[code]
  if (usual === undefined) throw new Failure('PEER_NOT_UNDERSTOOD', 'the acknowledgement has no code of HL7 table 0008')
  const words = `the receiver answered ${code}${/^\d{3}$/.test(error) ? `, error ${error}` : ''}`
  if (PASSING.includes(error)) return new Failure('HL7_FAILURE', words)
  if (FOR_GOOD.includes(error)) return new Failure('HL7_REFUSED', words)
  return new Failure(usual, words)
}
