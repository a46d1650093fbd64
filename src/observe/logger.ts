import { type Logger, pino } from 'pino'

export type { Logger }

// The events' types carry no patient data; should an error object bring some along, it stops here.
const REDACTED = ['*.dataSet', '*.dataset', '*.client', '*.password', '*.url', 'url', 'PatientName', 'PatientID']

/** JSON lines to `stream` (standard output). */
export function openLogger(level: string, stream: { write(line: string): void } = process.stdout): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, remove: true },
    },
    stream,
  )
}
