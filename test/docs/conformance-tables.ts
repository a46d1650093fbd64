import { readFileSync } from 'node:fs'
import { schema } from '../../src/config/schema.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { attributeOf } from '../../src/dicom/dictionary.ts'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/implementation.ts'
import { RECEIVED_SOP_CLASSES, SopClass } from '../../src/dicom/sop-classes.ts'
import {
  ACCEPTED_TRANSFER_SYNTAXES,
  OPTIONAL_TRANSFER_SYNTAXES,
  TransferSyntax,
} from '../../src/dicom/transfer-syntaxes.ts'
import { MAXIMUM_PDU_LENGTH, SMALLEST_PDU_LENGTH } from '../../src/dimse/pdu.ts'
import * as rejections from '../../src/dimse/rejection.ts'
import { type Rejection, rejectionText } from '../../src/dimse/rejection.ts'
import { DEFAULT_LIMITS, DEFAULT_TIMERS } from '../../src/dimse/scp-options.ts'
import { answerOf, statusCode, statusFailure, statusText } from '../../src/dimse/status.ts'
import { FAILURE_CODES, Failure } from '../../src/failure.ts'
import { buildSummarySc } from '../../src/report/build-sc.ts'
import { buildSr } from '../../src/report/build-sr.ts'
import { Concept } from '../../src/report/concepts.ts'
import { DECLINE_REASONS } from '../../src/study/decline.ts'
import type { CodedConcept } from '../../src/study/finding.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { markdownTable as table } from './fill-tables.ts'

const config = schema.parse({})
const seconds = (ms: number) => `${ms / 1000} s`

/** The Standard's spelling of what keys spell in camel case. */
const SPELLINGS: [RegExp, string][] = [
  [/([a-z0-9])([A-Z])/g, '$1 $2'],
  [/3d/, ' 3D'],
  [/Jpeg2000/, 'JPEG 2000'],
  [/Jpeg Ls/, 'JPEG-LS'],
  [/XRay/, 'X-Ray'],
  [/(\d+) Bit/, ' ($1 bit)'],
]
const CAPITALS = /\b(Vr|Sr|Jpeg|Rle|Htj2k|Rpcl|Sv1|Pdf)\b/g

function nameIn(uids: Readonly<Record<string, string>>, uid: string): string {
  const key = Object.entries(uids).find(([, each]) => each === uid)?.[0] ?? uid
  const spelt = SPELLINGS.reduce((name, [wrong, right]) => name.replace(wrong, right), key)
  return spelt.replace(CAPITALS, (word) => word.toUpperCase()).replaceAll('  ', ' ')
}

const syntaxRow = (uid: string, when: string) => [nameIn(TransferSyntax, uid), uid, when]

function transferSyntaxes(): string {
  const optional = Object.entries(OPTIONAL_TRANSFER_SYNTAXES).map(([option, uid]) =>
    syntaxRow(uid, `when configured (${option})`),
  )
  const always = ACCEPTED_TRANSFER_SYNTAXES.map((uid, place) => syntaxRow(uid, `preference ${place + 1}`))
  return table(['transfer syntax', 'UID', 'accepted'], [...always, ...optional])
}

/** Every failure that a C-STORE can end in, by the status it is answered with. */
function storeStatuses(): string {
  const rows = new Map<string, string[]>()
  rows.set('0000H', ['0000H', 'Success', 'the instance is durable, or was held already'])
  for (const code of FAILURE_CODES) {
    const { status, comment } = answerOf(new Failure(code, ''))
    const key = `${statusCode(status)} ${comment}`
    if (!rows.has(key)) rows.set(key, [statusCode(status), statusText(status).slice(6), comment])
  }
  return table(
    ['status', 'meaning', 'Error Comment'],
    [...rows.values()].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
}

const ANSWERED = [
  0x0000, 0x0107, 0x0111, 0x0110, 0x0117, 0x0122, 0x0124, 0x0211, 0x0213, 0xa700, 0xa900, 0xb000, 0xc000,
]

function peerStatuses(): string {
  const rows = ANSWERED.map((status) => {
    const failure = statusFailure(status)
    const then = failure ? (failure.retry === 'permanent' ? 'refused: not sent again' : 'sent again, later') : 'stored'
    return [statusText(status), then]
  })
  return table(['a destination answers', 'the instance is'], rows)
}

type Reject = (words: string) => Rejection
const isReject = (each: unknown): each is Reject => typeof each === 'function' && each !== rejectionText

function rejectionRows(): string {
  const rows = Object.values<unknown>(rejections)
    .filter(isReject)
    .map((reject) => reject(''))
    .map(({ result, source, reason }) => [`${result}`, `${source}`, `${reason}`, rejectionText(result, source, reason)])
  return table(
    ['result', 'source', 'reason', 'meaning'],
    rows.sort((a, b) => (a.join() < b.join() ? -1 : 1)),
  )
}

const associationFacts = () =>
  table(
    ['', ''],
    [
      ['Application context name', '1.2.840.10008.3.1.1.1'],
      [
        'Maximum PDU length, both ways',
        `${MAXIMUM_PDU_LENGTH} bytes; a peer that takes less than ${SMALLEST_PDU_LENGTH} is rejected`,
      ],
      ['Asynchronous operations', 'none: one operation at a time'],
      ['Implementation Class UID', IMPLEMENTATION_CLASS_UID],
      ['Implementation Version Name', IMPLEMENTATION_VERSION_NAME],
      ['Associations open at one time as acceptor', `${config.dicom.maximumAssociations} (dicom.maximumAssociations)`],
      [
        'Connections before an association',
        `${DEFAULT_LIMITS.beforeNegotiation}, ${DEFAULT_LIMITS.beforeNegotiationPerAddress} from one address`,
      ],
      ['ARTIM timer (PS3.8 section 9.1.5)', seconds(DEFAULT_TIMERS.artimMs)],
      ['Idle association', `${seconds(config.dicom.idle)} (dicom.idle), then A-ABORT`],
      [
        'A message under way',
        `${DEFAULT_TIMERS.minimumBytesPerSecond} bytes/s over ${seconds(DEFAULT_TIMERS.dimseMs)}, else A-ABORT`,
      ],
      ['The answer of a destination', `${seconds(config.delivery.timeout)} (delivery.timeout)`],
    ],
  )

/** Where a value comes from: bytes are the source's, text and numbers the node's own. */
function originOf(keyword: string, value: DataSet[string]): string {
  if (keyword === 'PixelData') return 'the node'
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'empty (Type 2)'
  return value instanceof Uint8Array ? 'the source, byte for byte' : 'the node'
}

function attributes(dataSet: DataSet): string {
  const rows = Object.entries(dataSet).map(([keyword, value]) => {
    const { tag, vr } = attributeOf(keyword)
    return [`(${tag.slice(0, 4)},${tag.slice(4)})`, keyword, vr, originOf(keyword, value)]
  })
  return table(
    ['tag', 'attribute', 'VR', 'from'],
    rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
}

const input = resultInput(sourceOf(COMPLETE_SOURCE))
const blank = { rows: 1, columns: 1, rgb: new Uint8Array(3) }

type Codes = Record<string, { finding: CodedConcept; site: CodedConcept }>

function findingCodes(): string {
  const codes: Codes = JSON.parse(readFileSync(new URL('../../config/codes.json', import.meta.url), 'utf8'))
  const words = ({ value, scheme, meaning }: CodedConcept) => `(${value}, ${scheme}, "${meaning}")`
  return table(
    ['label', 'finding', 'site'],
    Object.entries(codes).map(([label, { finding, site }]) => [label, words(finding), words(site)]),
  )
}

/** What each class is to us as SCU; complete, or it does not compile. */
const AS_SCU: Readonly<Record<keyof typeof SopClass, string>> = {
  Verification: 'yes',
  StorageCommitmentPushModel: 'yes',
  StudyRootQueryRetrieveFind: 'to look for results, and for whose study it is',
  ComputedRadiographyImageStorage: '',
  DigitalXRayImageStorageForPresentation: '',
  DigitalXRayImageStorageForProcessing: '',
  SecondaryCaptureImageStorage: 'summary page, heat maps',
  BasicTextSrStorage: 'option',
  MultiFrameTrueColorSecondaryCaptureImageStorage: 'option',
  GrayscaleSoftcopyPresentationStateStorage: 'option',
  EncapsulatedPdfStorage: 'option',
  EnhancedSrStorage: 'in place of Comprehensive SR',
  ComprehensiveSrStorage: 'in place of Comprehensive 3D SR',
  Comprehensive3dSrStorage: 'findings',
  KeyObjectSelectionDocumentStorage: 'rejection notes; option',
}
const isSopClass = (key: string): key is keyof typeof SopClass => key in SopClass

function sopClasses(): string {
  const asScp = [SopClass.Verification, SopClass.StorageCommitmentPushModel, ...RECEIVED_SOP_CLASSES]
  return table(
    ['SOP class', 'UID', 'as SCP', 'as SCU'],
    Object.keys(SopClass)
      .filter(isSopClass)
      .map((key) => [
        nameIn(SopClass, SopClass[key]),
        SopClass[key],
        asScp.includes(SopClass[key]) ? 'yes' : '',
        AS_SCU[key],
      ]),
  )
}

/** The tables of docs/conformance.md, each from the code's own. */
export const conformanceTables = (): Record<string, string> => ({
  'transfer-syntaxes': transferSyntaxes(),
  'store-statuses': storeStatuses(),
  'peer-statuses': peerStatuses(),
  rejections: rejectionRows(),
  association: associationFacts(),
  'sr-attributes': attributes(buildSr(input, SopClass.Comprehensive3dSrStorage, new Map())),
  'sc-attributes': attributes(buildSummarySc(input, blank)),
  'finding-codes': findingCodes(),
  concepts: table(
    ['code', 'scheme', 'meaning'],
    Object.values(Concept).map(({ value, scheme, meaning }) => [value, scheme, meaning]),
  ),
  declines: table(['code', 'meaning'], Object.entries(DECLINE_REASONS)),
  'sop-classes': sopClasses(),
})
