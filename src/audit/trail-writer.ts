import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dayOf, statesToAttest } from './trail-files.ts'
import { chainHash, encodeHeader, encodeLine, headerHash, type TrailState } from './trail-line.ts'

type Options = {
  readonly directory: string
  /** The trail cannot be written now; what waits is kept. */
  readonly onFailure: (error: unknown, waiting: number) => void
  /** Makes the message that says that so many were lost, when writing works again. */
  readonly lost: (count: number) => string
  readonly now?: () => Date
  /** Messages kept while the trail cannot be written. */
  readonly most?: number
}

type OpenFile = { readonly handle: FileHandle; readonly name: string; messages: number; hash: string }

const RETRY_MS = 1000
const MOST = 10_000

const writerName = () =>
  `${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}-${process.pid}-${randomBytes(4).toString('hex')}`

/**
 * Appends audit messages to a file of this process and day, each chained to all before it by its hash. Adding never
 * waits: what comes while one write runs is written and synced together after it.
 */
export class TrailWriter implements AsyncDisposable {
  readonly #options: Options
  readonly #now: () => Date
  readonly #writer = writerName()
  readonly #own = new Map<string, TrailState>()
  #waiting: string[] = []
  #lost = 0
  #file: OpenFile | undefined
  #running: Promise<void> | undefined
  #closing = false

  constructor(options: Options) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  /** How far the files of this writer go, by name. */
  get own(): ReadonlyMap<string, TrailState> {
    return this.#own
  }

  /** One message in XML on one line. */
  add(xml: string): void {
    if (this.#waiting.length >= (this.#options.most ?? MOST)) {
      this.#lost++
      return
    }
    this.#waiting.push(xml)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** What was added is written when it resolves, or cannot be written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    await this.#running
    await this.#file?.handle.close()
    this.#file = undefined
  }

  async #run(): Promise<void> {
    // All that is told in one turn is one write.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#write(this.#lost > 0 ? [this.#options.lost(this.#lost), ...batch] : batch)
        this.#lost = 0
      } catch (error) {
        this.#waiting = [...batch, ...this.#waiting]
        // Its end may be torn: the next try is a new file, which tells how far this one goes.
        await this.#leaveFile()
        this.#options.onFailure(error, this.#waiting.length)
        if (this.#closing) return
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
  }

  async #write(batch: readonly string[]): Promise<void> {
    const today = this.#now().toISOString().slice(0, 10)
    if (this.#file && dayOf(this.#file.name) !== today) await this.#leaveFile()
    this.#file ??= await this.#openFile(today)
    const file = this.#file
    let { messages, hash } = file
    const lines = batch.map((xml) => {
      hash = chainHash(hash, ++messages, xml)
      return `${encodeLine({ number: messages, hash, xml })}\n`
    })
    await file.handle.appendFile(lines.join(''))
    await file.handle.datasync()
    Object.assign(file, { messages, hash })
    this.#own.set(file.name, { file: file.name, messages, hash })
  }

  async #openFile(today: string): Promise<OpenFile> {
    const { directory } = this.#options
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const previous = await statesToAttest(directory)
    const openedAt = this.#now().toISOString()
    const time = openedAt.slice(11, 19).replaceAll(':', '')
    const nth = this.#own.size === 0 ? '' : `.${this.#own.size}`
    const name = `${today}_${time}_${this.#writer}${nth}.audit`
    const path = join(directory, name)
    const handle = await open(path, 'ax', 0o600)
    const header = encodeHeader({ writer: this.#writer, openedAt, previous })
    try {
      await handle.appendFile(`${header}\n`)
      const hash = headerHash(header)
      this.#own.set(name, { file: name, messages: 0, hash })
      return { handle, name, messages: 0, hash }
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      throw error
    }
  }

  async #leaveFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.handle.close().catch(() => {})
  }
}
