import type { SopClassInstances } from './audit-message.ts'

export type StoredTold = {
  readonly associationId: string
  readonly studyInstanceUid: string
  readonly sopInstanceUid: string
  readonly sopClassUid: string
}

/** Instances of one study that came over one association: what one message tells. */
export type Transfer = {
  readonly associationId: string
  readonly studyInstanceUid: string
  /** They were held already. */
  readonly held: boolean
  readonly sopClasses: readonly SopClassInstances[]
}

type Gathered = {
  readonly since: number
  readonly transfer: Omit<Transfer, 'sopClasses'>
  classes: Map<string, string[]>
}

/** A syslog message holds so many UIDs well. */
const MOST_INSTANCES = 200
const LONGEST_MS = 10_000

/** Gathers what is stored, so that a message tells a study and not an instance: each is told within ten seconds. */
export class Transfers implements Disposable {
  readonly #tell: (transfer: Transfer) => void
  readonly #gathered = new Map<string, Gathered>()
  readonly #timer = setInterval(() => this.#look(), LONGEST_MS / 5).unref()

  constructor(tell: (transfer: Transfer) => void) {
    this.#tell = tell
  }

  add({ associationId, studyInstanceUid, sopInstanceUid, sopClassUid }: StoredTold, held: boolean): void {
    const key = `${associationId} ${studyInstanceUid} ${held}`
    const transfer = { associationId, studyInstanceUid, held }
    const gathered = this.#gathered.get(key) ?? { since: performance.now(), transfer, classes: new Map() }
    this.#gathered.set(key, gathered)
    gathered.classes.set(sopClassUid, [...(gathered.classes.get(sopClassUid) ?? []), sopInstanceUid])
    const count = [...gathered.classes.values()].reduce((sum, { length }) => sum + length, 0)
    if (count >= MOST_INSTANCES) this.#release(key)
  }

  /** The association has ended. */
  close(associationId: string): void {
    for (const [key, { transfer }] of [...this.#gathered])
      if (transfer.associationId === associationId) this.#release(key)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    for (const key of [...this.#gathered.keys()]) this.#release(key)
  }

  #look(): void {
    const now = performance.now()
    for (const [key, { since }] of [...this.#gathered]) if (now - since >= LONGEST_MS) this.#release(key)
  }

  #release(key: string): void {
    const gathered = this.#gathered.get(key)
    this.#gathered.delete(key)
    if (!gathered) return
    const sopClasses = [...gathered.classes].map(([uid, instances]) => ({ uid, count: instances.length, instances }))
    this.#tell({ ...gathered.transfer, sopClasses })
  }
}
