type Waiting<Item, Result> = { readonly item: Item; resolve(result: Result): void; reject(error: unknown): void }

type Options = {
  /** In one call of `work`. */
  readonly most?: number
  /** The first to ask waits for so long for others. */
  readonly lingerMs?: number
}

/**
 * One transaction, one fsync for many: `work` gets at once what was asked for while its last call ran, and answers each
 * in the same order. What it throws is thrown to all who asked together, and to nobody else.
 */
export class Gathering<Item, Result> {
  readonly #work: (items: Item[]) => Promise<readonly Result[]>
  readonly #most: number
  readonly #lingerMs: number
  readonly #waiting: Waiting<Item, Result>[] = []
  #running = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    work: (items: Item[]) => Promise<readonly Result[]>,
    { most = Number.POSITIVE_INFINITY, lingerMs = 0 }: Options = {},
  ) {
    this.#work = work
    this.#most = most
    this.#lingerMs = lingerMs
  }

  ask(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#lingerMs === 0) this.hurry()
      else this.#timer ??= setTimeout(() => this.hurry(), this.#lingerMs)
    })
  }

  /** Nobody waits for others any more. */
  hurry(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0 && this.#timer === undefined)
      await this.#together(this.#waiting.splice(0, this.#most))
    this.#running = false
  }

  async #together(together: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#work(together.map(({ item }) => item))
      if (results.length < together.length) throw new Error('not all who asked together were answered')
      for (const [at, result] of results.entries()) together[at]?.resolve(result)
    } catch (error) {
      for (const { reject } of together) reject(error)
    }
  }
}
