/** IHE AI Results 6.5.3.1 asks for it, dicom3tools' tables are older than it. */
const EXPECTED =
  'Warning - </ContributingEquipmentSequence(0018,a001)[1]/DeviceUID(0018,1002)> - Attribute is not present in standard DICOM IOD'
const IOD_NAMES = [
  'SCImage',
  'MultiframeTrueColorSCImage',
  'BasicTextSR',
  'GrayscaleSoftcopyPresentationState',
  'EncapsulatedPDF',
  'Comprehensive3DSR',
  'ComprehensiveSR',
  'EnhancedSR',
  'KeyObjectSelectionDocument',
  'DXImageForPresentation',
]

/** A study without date, time or id is warned of: what the source lacks, its results lack too. */
export const isAboutDicomdir = (complaint: string) => complaint.includes('needed to build DICOMDIR')

/** What is wrong with a file among the lines that dciodvfy printed of it. */
export function complaintsIn(lines: readonly string[]): string[] {
  if (!lines.some((line) => IOD_NAMES.includes(line))) return ['no IOD recognised', ...lines]
  return lines.filter((line) => line !== EXPECTED && !IOD_NAMES.includes(line))
}
