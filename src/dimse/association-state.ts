import type { PduName } from './pdu.ts'

/**
 * States of an association, PS3.8 Table 9-5: Sta2 awaiting A-ASSOCIATE-RQ, Sta3 awaiting our answer to it, Sta5 awaiting
 * A-ASSOCIATE-AC or -RJ, Sta6 ready for data, Sta7 awaiting A-RELEASE-RP, Sta8 awaiting our answer to A-RELEASE-RQ,
 * Sta11 awaiting A-RELEASE-RP after a release collision, Sta13 awaiting the transport's end.
 */
export type State = 'Sta2' | 'Sta3' | 'Sta5' | 'Sta6' | 'Sta7' | 'Sta8' | 'Sta11' | 'Sta13'

/** PS3.8 Tables 9-6 to 9-9, those that a peer's PDU can cause. */
export type Action = 'AE-3' | 'AE-4' | 'AE-6' | 'DT-2' | 'AR-2' | 'AR-3' | 'AR-8' | 'AA-1' | 'AA-3' | 'AA-6' | 'AA-8'

/**
 * What a PDU does, PS3.8 Table 9-10; a PDU not listed is unexpected. One deviation: in Sta7 we await no data, so what a
 * peer still sends is dropped (AA-6) instead of indicated (AR-6).
 */
const EXPECTED: Readonly<Record<State, Partial<Record<PduName, Action>>>> = {
  Sta2: { 'A-ASSOCIATE-RQ': 'AE-6', 'A-ABORT': 'AA-3' },
  Sta3: { 'A-ABORT': 'AA-3' },
  Sta5: { 'A-ASSOCIATE-AC': 'AE-3', 'A-ASSOCIATE-RJ': 'AE-4', 'A-ABORT': 'AA-3' },
  Sta6: { 'P-DATA-TF': 'DT-2', 'A-RELEASE-RQ': 'AR-2', 'A-ABORT': 'AA-3' },
  Sta7: { 'P-DATA-TF': 'AA-6', 'A-RELEASE-RQ': 'AR-8', 'A-RELEASE-RP': 'AR-3', 'A-ABORT': 'AA-3' },
  Sta8: { 'A-ABORT': 'AA-3' },
  Sta11: { 'A-RELEASE-RP': 'AR-3', 'A-ABORT': 'AA-3' },
  Sta13: {},
}

const UNEXPECTED: Readonly<Partial<Record<State, Action>>> = { Sta2: 'AA-1', Sta13: 'AA-6' }

export const actionOf = (state: State, pdu: PduName): Action => EXPECTED[state][pdu] ?? UNEXPECTED[state] ?? 'AA-8'
