const WINDOW_MS = 60_000
/** Anyone who can reach the port can be refused: so many are told apart. */
const MOST_KEYS = 1000
const OTHERS = 'others'

type Held = { since: number; times: number; tell: (times: number) => void }

/**
 * Keeps one peer from filling the trail: the first of a kind is told at once, those that follow within a minute are
 * told together when it is over.
 */
export class Damper implements Disposable {
  readonly #held = new Map<string, Held>()
  readonly #timer = setInterval(() => this.#look(), WINDOW_MS / 12).unref()

  /** `tell` hears how many times it happened. */
  tell(key: string, tell: (times: number) => void): void {
    const name = this.#held.has(key) || this.#held.size < MOST_KEYS ? key : OTHERS
    const held = this.#held.get(name)
    if (held) {
      held.times++
      held.tell = tell
      return
    }
    this.#held.set(name, { since: performance.now(), times: 0, tell })
    tell(1)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    for (const key of [...this.#held.keys()]) this.#release(key)
  }

  #look(): void {
    const now = performance.now()
    for (const [key, { since }] of [...this.#held]) if (now - since >= WINDOW_MS) this.#release(key)
  }

  #release(key: string): void {
    const held = this.#held.get(key)
    this.#held.delete(key)
    if (held && held.times > 0) held.tell(held.times)
  }
}
