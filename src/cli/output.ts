import type { Command } from 'commander'
import { asFailure, type FailureCode } from '../failure.ts'

/** What a command answers: the same facts for people and, with --json, for programs. */
export type Answer = { text: string; json: unknown; exitCode?: 0 | 1 }

const USAGE: readonly FailureCode[] = ['USAGE', 'CONFIG_INVALID', 'UID_INVALID']

/** Runs a command's work: prints its answer, sets the exit code (0 done, 1 failed, 2 wrong usage or configuration). */
export async function answer(command: Command, work: () => Promise<Answer | undefined>): Promise<void> {
  const json = command.optsWithGlobals<{ json?: boolean }>().json === true
  try {
    const answered = await work()
    if (answered) process.stdout.write(json ? `${JSON.stringify(answered.json)}\n` : `${answered.text}\n`)
    process.exitCode = answered?.exitCode ?? 0
  } catch (error) {
    const { code, message } = asFailure(error, 'INTERNAL')
    process.stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `mcads: ${code}: ${message}\n`)
    process.exitCode = USAGE.includes(code) ? 2 : 1
  }
}

/** Rows under headings, columns as wide as their longest cell. */
export function table(headings: string[], rows: string[][]): string {
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
