type Sample = { readonly atMs: number; readonly free: number }

/** How long what comes in now has to go on, until only so much is free: the trend of the last quarter of an hour. */
export class TimeToFull {
  readonly #windowMs: number
  #samples: Sample[] = []

  constructor(windowMs = 900_000) {
    this.#windowMs = windowMs
  }

  add(atMs: number, free: number): void {
    this.#samples = [...this.#samples.filter((each) => atMs - each.atMs <= this.#windowMs), { atMs, free }]
  }

  /** Infinity while no less is free than there was. */
  secondsUntil(least: number): number {
    const last = this.#samples.at(-1)
    const rate = this.#bytesPerMs()
    if (!last || rate >= 0) return Number.POSITIVE_INFINITY
    return Math.max(0, (last.free - least) / -rate / 1000)
  }

  /** The slope of the line with the least squares. */
  #bytesPerMs(): number {
    const count = this.#samples.length
    const mean = (pick: (sample: Sample) => number) => this.#samples.reduce((sum, each) => sum + pick(each), 0) / count
    const [at, free] = [mean(({ atMs }) => atMs), mean((each) => each.free)]
    const spread = this.#samples.reduce((sum, each) => sum + (each.atMs - at) ** 2, 0)
    if (spread === 0) return 0
    return this.#samples.reduce((sum, each) => sum + (each.atMs - at) * (each.free - free), 0) / spread
  }
}
