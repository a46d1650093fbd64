import { describe, expect, test, vi } from 'vitest'
import { releaseStudy, retryStudy } from '../../src/db/retry-study.ts'
import type { Delivery } from '../../src/db/schema.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { HOUR_MS, handSender } from '../support/hand-sender.ts'
import { oweResults } from '../support/owed-results.ts'
import { until } from '../support/recording-scp.ts'
import { newUid } from '../support/rows.ts'
import { type Behaviour, scriptedPacs } from '../support/scripted-pacs.ts'
import { STORAGE_COMMITMENT } from '../support/scripted-peer.ts'

vi.setConfig({ testTimeout: 60_000 })

const FIND = SopClass.StudyRootQueryRetrieveFind
const SC = SopClass.SecondaryCaptureImageStorage
const SR = [SopClass.Comprehensive3dSrStorage, SopClass.ComprehensiveSrStorage, SopClass.EnhancedSrStorage]

const states = (deliveries: readonly Delivery[]) =>
  deliveries.map(({ state, reasonCode }) => (reasonCode ? `${state} ${reasonCode}` : state))

/** A PACS that behaves like this, and three results owed to it. */
async function owing(behaviour: Partial<Behaviour>, options: Parameters<typeof handSender>[1] = {}) {
  const pacs = await scriptedPacs(behaviour)
  const sender = await handSender(pacs.port, options)
  const { sopInstanceUids } = await oweResults(sender, ['pacs'])
  const [first = '', second = '', third = ''] = sopInstanceUids
  return { pacs, sender, first, second, third, all: [first, second, third] }
}

describe('asked to commit', () => {
  test('a PACS that reports over the same association: confirmed', async () => {
    const { pacs, sender, all } = await owing({ reports: 'same' })
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('confirmed'))
    expect((await sender.deliveries()).map(({ confirmedBy }) => confirmedBy)).toEqual(
      Array(3).fill('storage commitment'),
    )
    expect(pacs.offered).toEqual(all)
    expect(pacs.requests.map(({ instances }) => instances.map(({ sopInstanceUid }) => sopInstanceUid))).toEqual([all])
  })

  test('a PACS that reports over an association of its own, when it likes: confirmed', async () => {
    const { pacs, sender } = await owing({ reports: 'when told' })
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('sent'))
    await sender.letPass(5 * 60_000)
    const [request] = pacs.requests
    if (!request) throw new Error('not asked')
    expect(await pacs.report(request, sender.reportPort)).toBe(0)
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('confirmed'))
    // The same report again changes nothing.
    expect(await pacs.report(request, sender.reportPort)).toBe(0)
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('confirmed'))
  })

  test('what is in the failure list is offered again, the others are confirmed', async () => {
    const { pacs, sender, first, second, third } = await owing({})
    pacs.does.loses = (uid) => uid === second && pacs.offered.filter((each) => each === second).length === 1
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'owed NOT_KEPT', 'confirmed'])
    expect(states(await sender.untilSettled(5, 60_000))).toEqual(Array(3).fill('confirmed'))
    expect(pacs.offered).toEqual([first, second, third, second])
    const [, delivery] = await sender.deliveries()
    expect((await sender.answers()).filter(({ deliveryId }) => deliveryId === delivery?.id)).toMatchObject([
      { question: 'store', status: 0 },
      { question: 'storage commitment', reasonCode: 'NOT_KEPT', comment: expect.stringContaining('0112H') },
      { question: 'store', status: 0 },
      { question: 'storage commitment', comment: 'kept' },
    ])
  })

  test('a PACS that accepts and loses every time is offered it three times more, then it is refused', async () => {
    const { pacs, sender, first, second, third } = await owing({})
    pacs.does.loses = (uid) => uid === third
    expect(states(await sender.untilSettled(20, HOUR_MS))).toEqual(['confirmed', 'confirmed', 'refused NOT_KEPT'])
    expect(pacs.offered).toEqual([first, second, third, third, third, third])
  })

  test('a report of an earlier request says nothing of what was sent again since', async () => {
    const { pacs, sender } = await owing({ reports: 'when told', refuses: [FIND] })
    await sender.round()
    const [old] = pacs.requests
    pacs.does.loses = () => true
    if (!old) throw new Error('not asked')
    await pacs.report(old, sender.reportPort)
    await sender.letPass(60_000)
    pacs.does.loses = () => false
    await sender.round()
    pacs.does.loses = () => true
    await pacs.report(old, sender.reportPort)
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('sent'))
  })

  test('a report that belongs to no request of ours is answered 0110H and changes nothing', async () => {
    const { pacs, sender } = await owing({ reports: 'when told' })
    await sender.round()
    const request = { transactionUid: newUid(), instances: pacs.requests[0]?.instances ?? [] }
    expect(await pacs.report(request, sender.reportPort)).toBe(0x0110)
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('sent'))
  })
})

describe('asked to commit in vain', () => {
  test('a PACS that never reports but answers queries: confirmed by a query', async () => {
    const { sender } = await owing({ reports: 'when told' })
    await sender.round()
    await sender.letPass(10 * 60_000)
    await sender.round()
    const deliveries = await sender.deliveries()
    expect(deliveries.map(({ state, confirmedBy }) => `${state} ${confirmedBy}`)).toEqual(
      Array(3).fill('confirmed query'),
    )
  })

  test('a PACS that never reports and answers no queries: asked now and then, unconfirmed after a day; a late report confirms', async () => {
    const { pacs, sender } = await owing({ reports: 'when told', refuses: [FIND] })
    expect(states(await sender.untilSettled(60, HOUR_MS))).toEqual(Array(3).fill('unconfirmed PEER_SILENT'))
    expect(pacs.requests.length).toBeGreaterThan(1)
    const last = pacs.requests.at(-1)
    if (!last) throw new Error('not asked')
    await pacs.report(last, sender.reportPort)
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('confirmed'))
  })

  test('a PACS that supports neither: unconfirmed at once, and it is not asked again for a day', async () => {
    const { pacs, sender } = await owing({ refuses: [FIND, STORAGE_COMMITMENT] })
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('unconfirmed SOP_CLASS_REFUSED'))
    const associations = pacs.proposed.length
    await oweResults(sender, ['pacs'])
    await sender.round()
    expect(pacs.proposed.length).toBe(associations + 1)
    await sender.letPass(25 * HOUR_MS)
    await oweResults(sender, ['pacs'])
    await sender.round()
    expect(pacs.proposed.length).toBe(associations + 4)
  })

  test('a PACS that answers the N-ACTION 0110H is queried instead', async () => {
    const { sender } = await owing({ onCommit: 0x0110 })
    await sender.round()
    expect((await sender.deliveries()).map(({ confirmedBy }) => confirmedBy)).toEqual(Array(3).fill('query'))
  })

  test('a PACS whose query does not find it at first is asked again; what it never finds is offered again, then refused', async () => {
    const { pacs, sender, first, second, third } = await owing({ refuses: [STORAGE_COMMITMENT] })
    pacs.does.loses = () => true
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('sent'))
    pacs.does.loses = (uid) => uid === second
    await sender.letPass(60_000)
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'sent', 'confirmed'])
    expect(states(await sender.untilSettled(40, HOUR_MS))).toEqual(['confirmed', 'refused NOT_KEPT', 'confirmed'])
    expect(pacs.offered).toEqual([first, second, third, second, second, second])
  })

  test('a destination that is not to be asked keeps what it took as sent', async () => {
    const { pacs, sender } = await owing({}, { confirm: 'none' })
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(Array(3).fill('sent'))
    expect(pacs.requests).toEqual([])
  })
})

describe('offered a result', () => {
  test('a PACS that answers A700H or 0110H is offered it again; after a week it is refused, its answers counted', async () => {
    const { pacs, sender, first, second, third } = await owing({})
    pacs.does.onStore = ({ sopInstanceUid, before }) => {
      if (sopInstanceUid === first) return 0xa700
      return sopInstanceUid === second && before < 2 ? 0x0110 : 0
    }
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['owed STATUS_FAILURE', 'owed STATUS_FAILURE', 'confirmed'])
    const settled = await sender.untilSettled(40, 6 * HOUR_MS)
    expect(states(settled)).toEqual(['refused ATTEMPTS_EXHAUSTED', 'confirmed', 'confirmed'])
    expect(settled[0]).toMatchObject({ status: 0xa700, comment: expect.stringContaining('not taken in 168 h') })
    expect(pacs.offered.filter((each) => each === third)).toHaveLength(1)
    const tried = pacs.offered.filter((each) => each === first).length
    const [delivery] = await sender.deliveries()
    expect((await sender.answers()).filter(({ deliveryId }) => deliveryId === delivery?.id)).toMatchObject([
      { question: 'store', status: 0xa700, reasonCode: 'STATUS_FAILURE', times: tried },
    ])
  })

  test('a PACS that answers B000H has taken it, with the status kept', async () => {
    const { sender } = await owing({ onStore: () => 0xb000 })
    await sender.round()
    const deliveries = await sender.deliveries()
    expect(states(deliveries)).toEqual(Array(3).fill('confirmed'))
    expect(deliveries.map(({ status }) => status)).toEqual(Array(3).fill(0xb000))
  })

  test.each(['close', 'abort', 'silence'] as const)(
    'one instance at which a PACS always answers with %s keeps it from no other, and is refused after a week',
    async (answer) => {
      const { pacs, sender, first, second, third } = await owing({}, { timeoutMs: 150 })
      pacs.does.onStore = ({ sopInstanceUid }) => (sopInstanceUid === first ? answer : 0)
      await sender.round()
      const code = answer === 'abort' ? 'ASSOCIATION_ABORTED' : 'PEER_SILENT'
      expect(states(await sender.deliveries())).toEqual([`owed ${code}`, 'confirmed', 'confirmed'])
      expect(states(await sender.untilSettled(40, 6 * HOUR_MS))).toEqual([
        'refused ATTEMPTS_EXHAUSTED',
        'confirmed',
        'confirmed',
      ])
      expect(pacs.offered.filter((each) => each !== first)).toEqual([second, third])
      expect(pacs.offered.length).toBeLessThan(40)
    },
  )

  test('a PACS that never answers anything is tried for a week', async () => {
    const { pacs, sender } = await owing({ onStore: () => 'silence' }, { timeoutMs: 60 })
    expect(states(await sender.untilSettled(40, 12 * HOUR_MS))).toEqual(Array(3).fill('refused ATTEMPTS_EXHAUSTED'))
    expect(pacs.offered.length).toBeLessThan(60)
  })
})

describe('offered a Structured Report', () => {
  const owingSr = async (behaviour: Partial<Behaviour>) => {
    const pacs = await scriptedPacs(behaviour)
    const sender = await handSender(pacs.port)
    const owe = () => oweResults(sender, ['pacs'], [SC, SR])
    await owe()
    return { pacs, sender, owe }
  }

  test('a PACS that refuses Comprehensive 3D gets the next class, and is offered 3D again only after a day', async () => {
    const [threeD = '', comprehensive] = SR
    const { pacs, sender, owe } = await owingSr({ refuses: [threeD] })
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'confirmed'])
    expect(pacs.classes).toEqual([SC, comprehensive])
    expect(pacs.requests[0]?.instances.map(({ sopClassUid }) => sopClassUid)).toEqual([SC, comprehensive])
    await owe()
    await sender.round()
    expect(pacs.proposed.map((each) => each.includes(threeD))).toEqual([true, false, false, false])
    pacs.does.refuses = []
    await sender.letPass(25 * HOUR_MS)
    await owe()
    await sender.round()
    expect(pacs.classes).toEqual([SC, comprehensive, SC, comprehensive, SC, threeD])
  })

  test('a PACS that accepts Comprehensive 3D and then answers 0122H gets the next class in the same breath', async () => {
    const [threeD, comprehensive] = SR
    const { pacs, sender, owe } = await owingSr({ onStore: ({ sopClassUid }) => (sopClassUid === threeD ? 0x0122 : 0) })
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'confirmed'])
    await owe()
    await sender.round()
    expect(pacs.classes).toEqual([SC, threeD, comprehensive, SC, comprehensive])
  })

  test('a PACS that takes no class of it gets the pictures; the report is refused with all classes named', async () => {
    const { pacs, sender } = await owingSr({ refuses: SR })
    expect(states(await sender.untilSettled(3, HOUR_MS))).toEqual(['confirmed', 'refused SOP_CLASS_REFUSED'])
    expect(pacs.classes).toEqual([SC])
    const [, report] = await sender.deliveries()
    for (const sopClassUid of SR) expect(report?.comment).toContain(sopClassUid)
  })
})

describe('before a result is sent', () => {
  const patient = { PatientID: 'P-1', AccessionNumber: 'A-1' }
  const owingPatient = async (identity: Behaviour['identity'], refuses: string[] = []) => {
    const pacs = await scriptedPacs({ identity, refuses })
    const sender = await handSender(pacs.port, { checksIdentity: true })
    const owed = await oweResults(sender, ['pacs'], [SC, SC], patient)
    return { pacs, sender, ...owed }
  }

  test('the study is still the same patient and order at the destination: it is sent', async () => {
    const { sender } = await owingPatient(patient)
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'confirmed'])
  })

  test.each([
    ['the study', undefined],
    ['an Accession Number', { PatientID: 'P-1', AccessionNumber: '' }],
    ['the Patient ID in our character set', { PatientID: Buffer.from('M\xfcller', 'latin1'), AccessionNumber: 'A-1' }],
  ])('where the destination does not know %s, nothing contradicts: it is sent', async (_what, identity) => {
    const { sender } = await owingPatient(identity)
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'confirmed'])
  })

  test('where the destination answers no queries it is sent', async () => {
    const { sender } = await owingPatient({ PatientID: 'OTHER', AccessionNumber: 'A-1' }, [FIND])
    await sender.round()
    expect(states(await sender.deliveries())).toEqual(['confirmed', 'confirmed'])
  })

  test('another patient there: it is held and told, without a word of whom', async () => {
    const { pacs, sender } = await owingPatient({ PatientID: 'P-2', AccessionNumber: 'A-2' })
    await sender.round()
    await sender.letPass(HOUR_MS)
    await sender.round()
    const deliveries = await sender.deliveries()
    expect(states(deliveries)).toEqual(Array(2).fill('held IDENTITY_MISMATCH'))
    expect(deliveries[0]?.comment).toContain('another Patient ID and another Accession Number')
    expect(pacs.offered).toEqual([])
    expect(sender.log.saying('delivery held, a person must decide')).toHaveLength(1)
    expect(JSON.stringify([deliveries, sender.log.lines, await sender.answers()])).not.toMatch(/P-[12]|A-[12]/)
  })
})

test('what a person releases is sent as it is; what is retried is checked again', async () => {
  const pacs = await scriptedPacs({ identity: { PatientID: 'P-2' } })
  const sender = await handSender(pacs.port, { checksIdentity: true })
  const [held, released] = [
    await oweResults(sender, ['pacs'], [SC], { PatientID: 'P-1' }),
    await oweResults(sender, ['pacs'], [SC], { PatientID: 'P-1' }),
  ]
  await sender.round()
  await retryStudy(sender.db, held.studyInstanceUid)
  expect(await releaseStudy(sender.db, released.studyInstanceUid)).toBe(1)
  await sender.round()
  expect(states(await sender.deliveries())).toEqual(['held IDENTITY_MISMATCH', 'confirmed'])
  expect(pacs.offered).toEqual(released.sopInstanceUids)
  expect((await sender.answers()).filter(({ question }) => question === 'person')).toMatchObject([
    { comment: 'offered again' },
    { comment: 'released' },
  ])
})

test('a PACS that is slow to report holds up no other result', async () => {
  const { pacs, sender } = await owing({ reports: 'when told' })
  await sender.round()
  const before = pacs.offered.length
  await oweResults(sender, ['pacs'], [SC])
  await sender.round()
  expect(pacs.offered.length).toBe(before + 1)
  await until(() => pacs.requests.length === 2)
})
