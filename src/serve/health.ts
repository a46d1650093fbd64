/** Resolves when the thing works, with a word on it if there is one; throws what is wrong. */
export type Check = () => Promise<string | undefined>

type Outcome = { ok: boolean; words?: string }
export type Health = { ready: boolean; checks: Record<string, Outcome> }

const CHECK_TIMEOUT_MS = 5000

async function outcomeOf(check: Check, timeoutMs: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    const words = await Promise.race([check(), late])
    return words === undefined ? { ok: true } : { ok: true, words }
  } catch (error) {
    return { ok: false, words: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Runs every check, all at once, none for longer than `timeoutMs`. */
export async function health(checks: Readonly<Record<string, Check>>, timeoutMs = CHECK_TIMEOUT_MS): Promise<Health> {
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check, timeoutMs)] as const),
  )
  return { ready: outcomes.every(([, { ok }]) => ok), checks: Object.fromEntries(outcomes) }
}
