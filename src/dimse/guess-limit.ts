const WITHIN_MS = 60_000
const GUESSES = 5

/** So that nobody tries out passcodes by the thousand: after five wrong ones in a minute the next minute takes none. */
export class GuessLimit {
  readonly #wrong = new Map<string, { count: number; until: number }>()

  /** Whether who is named has to wait. */
  reached(who: string): boolean {
    const wrong = this.#wrong.get(who)
    return wrong !== undefined && wrong.count >= GUESSES && Date.now() < wrong.until
  }

  wrong(who: string): void {
    for (const [each, { until }] of this.#wrong) if (Date.now() >= until) this.#wrong.delete(each)
    this.#wrong.set(who, { count: (this.#wrong.get(who)?.count ?? 0) + 1, until: Date.now() + WITHIN_MS })
  }

  right(who: string): void {
    this.#wrong.delete(who)
  }
}
