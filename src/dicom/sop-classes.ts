/** SOP classes this node speaks of, PS3.4 Table B.5-1 and PS3.6 Annex A. The only place where their UIDs stand. */
export const SopClass = {
  Verification: '1.2.840.10008.1.1',
  StorageCommitmentPushModel: '1.2.840.10008.1.20.1',
  StudyRootQueryRetrieveFind: '1.2.840.10008.5.1.4.1.2.2.1',
  ComputedRadiographyImageStorage: '1.2.840.10008.5.1.4.1.1.1',
  DigitalXRayImageStorageForPresentation: '1.2.840.10008.5.1.4.1.1.1.1',
  DigitalXRayImageStorageForProcessing: '1.2.840.10008.5.1.4.1.1.1.1.1',
  SecondaryCaptureImageStorage: '1.2.840.10008.5.1.4.1.1.7',
  BasicTextSrStorage: '1.2.840.10008.5.1.4.1.1.88.11',
  MultiFrameTrueColorSecondaryCaptureImageStorage: '1.2.840.10008.5.1.4.1.1.7.4',
  GrayscaleSoftcopyPresentationStateStorage: '1.2.840.10008.5.1.4.1.1.11.1',
  EncapsulatedPdfStorage: '1.2.840.10008.5.1.4.1.1.104.1',
  EnhancedSrStorage: '1.2.840.10008.5.1.4.1.1.88.22',
  ComprehensiveSrStorage: '1.2.840.10008.5.1.4.1.1.88.33',
  Comprehensive3dSrStorage: '1.2.840.10008.5.1.4.1.1.88.34',
  KeyObjectSelectionDocumentStorage: '1.2.840.10008.5.1.4.1.1.88.59',
} as const

/** Classes of documents and presentation states, not of images, as far as results have them. */
const NOT_IMAGES: readonly string[] = [
  SopClass.GrayscaleSoftcopyPresentationStateStorage,
  SopClass.BasicTextSrStorage,
  SopClass.EncapsulatedPdfStorage,
  SopClass.EnhancedSrStorage,
  SopClass.ComprehensiveSrStorage,
  SopClass.Comprehensive3dSrStorage,
  SopClass.KeyObjectSelectionDocumentStorage,
]
export const isImageStorage = (sopClassUid: string): boolean => !NOT_IMAGES.includes(sopClassUid)

/** The one SOP Instance that storage commitment is asked of, PS3.4 section J.3.5. */
export const STORAGE_COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1'

/** What we receive as Storage SCP. */
export const RECEIVED_SOP_CLASSES: readonly string[] = [
  SopClass.ComputedRadiographyImageStorage,
  SopClass.DigitalXRayImageStorageForPresentation,
  SopClass.DigitalXRayImageStorageForProcessing,
  SopClass.SecondaryCaptureImageStorage,
]
