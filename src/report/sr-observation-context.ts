import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import type { ModelIdentity } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import { codeContent, codeItem, textContent, uidContent } from './content-item.ts'
import { copied, copiedCodes } from './source-attributes.ts'
import { type SourceImage, verbatim } from './source-image.ts'

/** TID 1204 Language of Content Item and Descendants, PS3.16. */
export const language = (): DataSet =>
  codeContent('HAS CONCEPT MOD', Concept.LanguageOfContent, codeItem(Concept.English), [
    codeContent('HAS CONCEPT MOD', Concept.CountryOfLanguage, codeItem(Concept.UnitedStates)),
  ])

/** TID 1004 Device Observer: the model, not this node, so that it equals Contributing Equipment (IHE AI Results). */
const deviceObserver = (model: ModelIdentity, nodeName: string): readonly DataSet[] => [
  codeContent('HAS OBS CONTEXT', Concept.ObserverType, codeItem(Concept.Device)),
  uidContent('HAS OBS CONTEXT', Concept.DeviceObserverUid, model.deviceUid),
  textContent('HAS OBS CONTEXT', Concept.DeviceObserverName, nodeName),
  textContent('HAS OBS CONTEXT', Concept.DeviceObserverManufacturer, model.manufacturer),
  textContent('HAS OBS CONTEXT', Concept.DeviceObserverModelName, model.name),
]

/** TID 1005 Procedure Study Context and TID 1006 Subject Context, PS3.16. */
function procedureAndSubject(source: Header, image: SourceImage): readonly DataSet[] {
  const { AccessionNumber } = copied(source, ['AccessionNumber'])
  return [
    uidContent('HAS OBS CONTEXT', Concept.ProcedureStudyInstanceUid, verbatim(image.studyInstanceUid)),
    ...(AccessionNumber instanceof Uint8Array
      ? [textContent('HAS OBS CONTEXT', Concept.AccessionNumber, AccessionNumber)]
      : []),
    codeContent('HAS OBS CONTEXT', Concept.SubjectClass, codeItem(Concept.Patient)),
  ]
}

/** TID 1001 Observation Context, PS3.16. */
export const observationContext = (source: Header, image: SourceImage, model: ModelIdentity, nodeName: string) => [
  ...deviceObserver(model, nodeName),
  ...procedureAndSubject(source, image),
]

/** The imaging procedure that was analysed, not the algorithm (IHE AI Results); CID 100 where the source is silent. */
export const procedureReported = (source: Header): DataSet =>
  codeContent(
    'HAS CONCEPT MOD',
    Concept.ProcedureReported,
    copiedCodes(source, 'ProcedureCodeSequence')[0] ?? codeItem(Concept.XrUnspecifiedBodyRegion),
  )
