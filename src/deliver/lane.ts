/** The work of one destination, so that one that is slow or down holds no other: a few keys at once, each only once. */
export type Lane<Key> = AsyncDisposable & { add(key: Key): void }

/** `work` settles its own failures. Closing drops what waits and lets what runs end. */
export function openLane<Key>(atOnce: number, work: (key: Key) => Promise<void>): Lane<Key> {
  const waiting = new Set<Key>()
  const running = new Map<Key, Promise<void>>()
  let closed = false
  const next = () => {
    for (const key of waiting) {
      if (running.size >= atOnce) return
      waiting.delete(key)
      const done = work(key).finally(() => {
        running.delete(key)
        next()
      })
      running.set(key, done)
    }
  }
  return {
    add(key) {
      if (closed || running.has(key)) return
      waiting.add(key)
      next()
    },
    async [Symbol.asyncDispose]() {
      closed = true
      waiting.clear()
      await Promise.allSettled(running.values())
    },
  }
}
