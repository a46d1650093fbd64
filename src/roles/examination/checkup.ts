import { remedyOf } from './remedies.ts'

/** What a check found: words alone when all is well; with a concern when it works, but somebody should do something. */
export type Found = string | { readonly words: string; readonly concern: string }
export type Check = () => Promise<Found>

/** Something is wrong, and this is what to do. */
export class Trouble extends Error {
  readonly remedy: string

  constructor(words: string, remedy: string) {
    super(words)
    this.name = 'Trouble'
    this.remedy = remedy
  }
}

export type Result = {
  readonly ok: boolean
  readonly words: string
  /** Beside `ok`: it works, but see the remedy. */
  readonly warning?: true
  readonly remedy?: string
}
export type Examination = { readonly ready: boolean; readonly checks: Readonly<Record<string, Result>> }

/** Told every few seconds while it lasts: the checks that have not ended. */
export type OnSlow = (unfinished: readonly string[]) => void

const TELL_MS = 3000

async function resultOf(check: Check, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const trouble = new Trouble(`no answer within ${timeoutMs / 1000} s`, 'see whether it is overloaded, or hangs')
    timer = setTimeout(() => reject(trouble), timeoutMs)
  })
  try {
    const found = await Promise.race([check(), late])
    if (typeof found === 'string') return { ok: true, words: found }
    return { ok: true, words: found.words, warning: true, remedy: found.concern }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    const remedy = error instanceof Trouble ? error.remedy : remedyOf(error)
    return { ok: false, words, ...(remedy && { remedy }) }
  } finally {
    clearTimeout(timer)
  }
}

/** Runs every check, all at once, none for longer than `timeoutMs`. */
export async function checkUp(
  checks: Readonly<Record<string, Check>>,
  timeoutMs: number,
  onSlow: OnSlow,
): Promise<Examination> {
  const unfinished = new Set(Object.keys(checks))
  const telling = setInterval(() => onSlow([...unfinished]), TELL_MS)
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const result = await resultOf(check, timeoutMs)
      unfinished.delete(name)
      return [name, result] as const
    }),
  )
  clearInterval(telling)
  return { ready: results.every(([, { ok }]) => ok), checks: Object.fromEntries(results) }
}
