import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort, stop, untilListening } from '../support/dcmtk.ts'
import { dataSetHash } from './modality.ts'

/** DCMTK's storescp as the PACS, which counts what it receives, and can go away and come back. */
export class Archive {
  readonly port: number
  readonly #folder: string
  readonly #log: string
  #child: ChildProcess | undefined

  private constructor(folder: string, port: number) {
    this.port = port
    this.#folder = join(folder, 'pacs')
    this.#log = join(folder, 'receptions')
    onTestFinished(() => this.down())
  }

  static async open(folder: string): Promise<Archive> {
    const archive = new Archive(folder, await freePort())
    await mkdir(archive.#folder)
    await appendFile(archive.#log, '')
    await archive.up()
    return archive
  }

  async up(): Promise<void> {
    const count = ['--exec-on-reception', `echo #f >> ${this.#log}`, '--exec-sync']
    const args = ['-od', this.#folder, '+B', '-aet', 'PACS', '--fork', ...count, String(this.port)]
    this.#child = spawn('storescp', args, { stdio: 'ignore', env: { ...process.env, TCP_NODELAY: '1' } })
    await untilListening(this.port)
  }

  async down(): Promise<void> {
    if (this.#child) await stop(this.#child)
    this.#child = undefined
  }

  /** SOP Instance UID to the SHA-256 of the data set it holds. */
  async held(): Promise<Map<string, string>> {
    const names = await readdir(this.#folder)
    const hashes = names.map(async (name) => [uidOf(name), await dataSetHash(join(this.#folder, name))] as const)
    return new Map(await Promise.all(hashes))
  }

  /** How often each SOP Instance UID came. */
  async receptions(): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const name of (await readFile(this.#log, 'utf8')).split('\n').filter((line) => line !== ''))
      counts.set(uidOf(name), (counts.get(uidOf(name)) ?? 0) + 1)
    return counts
  }
}

/** storescp puts the modality before the UID: `DX.1.2.3`. */
const uidOf = (name: string) => name.replace(/^[A-Za-z0-9]+\.(?=\d+\.)/, '')
