/**
 * Closes what was opened, in reverse order, also when opening stops half-way:
 * `await using stack = new Resources()`, then `return stack.move()` once all is open.
 */
export class Resources implements AsyncDisposable {
  #close: (() => Promise<void> | void)[] = []
  #closed = false

  /** Adds a resource and returns it. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(async () => resource[Symbol.asyncDispose]())
    return resource
  }

  defer(close: () => Promise<void> | void): void {
    if (this.#closed) throw new Error('opened after its owner was closed')
    this.#close.push(close)
  }

  /** Hands everything over to a new owner; this one then closes nothing. */
  move(): Resources {
    const moved = new Resources()
    moved.#close = this.#close
    this.#close = []
    return moved
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const errors: unknown[] = []
    for (let close = this.#close.pop(); close; close = this.#close.pop()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'closing failed')
  }
}

/** Calls `work` again `everyMs` after it ended, until closed; closing waits for the call under way. */
export function repeat(
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  let closed = false
  const next = () => {
    running = work()
      .catch(onError)
      .finally(() => {
        if (!closed) timer = setTimeout(next, everyMs)
      })
  }
  next()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}

/** What the work gives, or undefined when that takes longer than `ms`; the work goes on all the same. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
