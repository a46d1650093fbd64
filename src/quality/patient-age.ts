import type { Header } from '../dicom/header.ts'

const YEARS: Readonly<Record<string, number>> = { D: 1 / 365.25, W: 7 / 365.25, M: 1 / 12, Y: 1 }
const OLDEST = 150

/** DA, PS3.5 Table 6.2-1. */
function dateOf(text: string | undefined): Date | undefined {
  const [, year, month, day] = /^(\d{4})[.]?(\d{2})[.]?(\d{2})$/.exec(text ?? '') ?? []
  if (!year) return undefined
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 ? date : undefined
}

function fromDates(header: Header): number | undefined {
  const birth = dateOf(header.string('PatientBirthDate'))
  const study = ['AcquisitionDate', 'ContentDate', 'SeriesDate', 'StudyDate']
    .map((keyword) => dateOf(header.string(keyword)))
    .find((date) => date !== undefined)
  if (!birth || !study) return undefined
  const birthday = [birth.getUTCMonth(), birth.getUTCDate()]
  const day = [study.getUTCMonth(), study.getUTCDate()]
  const years = study.getUTCFullYear() - birth.getUTCFullYear()
  const [month = 0, date = 0] = birthday
  const passed = (day[0] ?? 0) > month || (day[0] === month && (day[1] ?? 0) >= date)
  return passed ? years : years - 1
}

/**
 * The patient's age in years when the image was made: Patient's Age (AS with its unit: a bare number may be months),
 * else from birth to acquisition. Undefined when neither makes sense.
 */
export function patientAge(header: Header): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,3})([DWMY])$/.exec(header.string('PatientAge') ?? '') ?? []
  const said = amount === undefined ? undefined : Number(amount) * (YEARS[unit] ?? Number.NaN)
  const age = said ?? fromDates(header)
  return age !== undefined && age >= 0 && age <= OLDEST ? age : undefined
}
