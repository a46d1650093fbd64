import { appendFileSync } from 'node:fs'

/** One line of what was done and counted: printed, and added to the file that CHAOS_REPORT names. */
export function tell(counted: Readonly<Record<string, unknown>>): void {
  const line = `${JSON.stringify(counted)}\n`
  process.stdout.write(`chaos ${line}`)
  if (process.env.CHAOS_REPORT) appendFileSync(process.env.CHAOS_REPORT, line)
}
