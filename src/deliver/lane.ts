/** The work of one destination, so that one that is slow or down holds no other: a few keys at once, each only once. */
export type Lane = AsyncDisposable & {
  /** Looks for work. */
  wake(): void
}

export type LaneOptions<Key> = {
  readonly atOnce: number
  /** From one start to the next at least. */
  readonly gapMs: number
  /** What to do next, which is none of those at work. */
  next(busy: readonly Key[]): Promise<Key | undefined>
  /** Settles its own failures. */
  work(key: Key): Promise<void>
  onError(error: unknown): void
}

/** Asks for work whenever there is room, so that what is most urgent then comes first. Closing lets what runs end. */
export function openLane<Key>({ atOnce, gapMs, next, work, onError }: LaneOptions<Key>): Lane {
  const running = new Map<Key, Promise<void>>()
  let startedAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let again = false
  let closed = false
  const start = (key: Key) => {
    startedAt = performance.now()
    const done = work(key)
      .finally(() => running.delete(key))
      // After an error whoever wakes next tries anew: at once it might go wrong for ever.
      .then(wake, onError)
    running.set(key, done)
  }
  const fill = async () => {
    while (!closed && running.size < atOnce) {
      const waitMs = startedAt + gapMs - performance.now()
      if (waitMs > 0) {
        clearTimeout(timer)
        timer = setTimeout(wake, waitMs)
        return
      }
      const key = await next([...running.keys()])
      if (key === undefined || closed) return
      start(key)
    }
  }
  const look = async () => {
    do {
      again = false
      await fill().catch(onError)
    } while (again)
    looking = undefined
  }
  const wake = () => {
    again = true
    looking ??= look()
  }
  return {
    wake: () => {
      if (!closed) wake()
    },
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(timer)
      await looking
      await Promise.allSettled(running.values())
    },
  }
}
