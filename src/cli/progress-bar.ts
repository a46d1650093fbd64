import type { Progress } from '../files/download.ts'

const WIDTH = 30
const EVERY_MS = 200

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

function line({ received, total }: Progress): string {
  if (total === undefined || total === 0) return `${megabytes(received)} MB`
  const share = Math.min(1, received / total)
  const bar = '#'.repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, '.')
  return `[${bar}] ${Math.floor(share * 100)} %, ${megabytes(received)} of ${megabytes(total)} MB`
}

/** A bar on standard error while somebody watches; into a file a line for each tenth. */
export function progressBar(): { show(progress: Progress): void; end(): void } {
  const { stderr } = process
  let shownAt = 0
  let tenth = 0
  return {
    show(progress) {
      const whole = progress.received === progress.total
      if (stderr.isTTY) {
        if (!whole && Date.now() - shownAt < EVERY_MS) return
        shownAt = Date.now()
        stderr.write(`\r${line(progress)}`)
        return
      }
      const now = Math.floor((10 * progress.received) / (progress.total ?? Number.POSITIVE_INFINITY))
      if (now > tenth) stderr.write(`${line(progress)}\n`)
      tenth = Math.max(tenth, now)
    },
    end: () => void (stderr.isTTY && stderr.write('\n')),
  }
}
