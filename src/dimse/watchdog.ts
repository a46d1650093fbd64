/** One deadline at a time; setting another replaces it. */
export class Watchdog {
  #timer: NodeJS.Timeout | undefined

  /** Calls `expired` unless something else happens within the time; what the peer sends meanwhile does not count. */
  deadline(ms: number, expired: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(expired, ms)
  }

  /** Calls `expired` at the end of the first stretch of `ms` in which `progress` grew by less than `minimum`. */
  progress(ms: number, minimum: number, progress: () => number, expired: () => void): void {
    const before = progress()
    this.deadline(ms, () => {
      if (progress() - before < minimum) expired()
      else this.progress(ms, minimum, progress, expired)
    })
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
