/** A moment as DA, TM and DT (PS3.5 section 6.2). */
export type LocalTime = { readonly date: string; readonly time: string; readonly dateTime: string }

const offsetMinutes = (offset: string): number | undefined => {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(offset) ?? []
  if (sign === undefined) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

const two = (value: number) => String(value).padStart(2, '0')

/** In the zone of TimezoneOffsetFromUTC (`+0100`); in this machine's zone when the source has none. */
export function localTime(moment: Date, timezoneOffsetFromUtc: string | undefined): LocalTime {
  const minutes = offsetMinutes(timezoneOffsetFromUtc ?? '') ?? -moment.getTimezoneOffset()
  const iso = new Date(moment.getTime() + minutes * 60_000).toISOString()
  const date = iso.slice(0, 10).replaceAll('-', '')
  const time = iso.slice(11, 19).replaceAll(':', '')
  const size = Math.abs(minutes)
  const suffix = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`
  return { date, time, dateTime: `${date}${time}${suffix}` }
}
