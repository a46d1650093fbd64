import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { derivedUid } from '../../src/dicom/derived-uid.ts'
import { parseFileMeta } from '../../src/dicom/file-meta.ts'
import { storeInstances } from '../../src/dimse/storage-scu.ts'
import { Failure } from '../../src/failure.ts'
import { type InstanceFile, readInstanceFile } from '../../src/files/instance-file.ts'
import { dxFile, phantomFile } from '../support/push.ts'

const PAUSE_MS = 100

/**
 * A modality that sends study after study, each a radiograph that can be analysed and two laterals, and keeps account of
 * what was acknowledged. What was acknowledged it never sends again; what was not, it sends until it is.
 */
export class Modality {
  /** SOP Instance UID to the SHA-256 of the data set that was answered 0000H. */
  readonly acknowledged = new Map<string, string>()
  readonly studies: string[] = []
  /** Attempts that had no answer, or another. */
  unanswered = 0
  readonly #port: number
  readonly #firstSeed: number
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(port: number, firstSeed: number) {
    this.#port = port
    this.#firstSeed = firstSeed
  }

  /** Begins; `everyMs` between studies, `most` of them at most. */
  begin(everyMs: number, most = Number.POSITIVE_INFINITY): void {
    this.#running = (async () => {
      for (let nth = 0; nth < most && !this.#stopped; nth++) {
        await this.#sendStudy(this.#firstSeed + nth)
        await sleep(everyMs)
      }
    })()
  }

  /** Ends after the study under way, all of it acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /** Resolves when `most` studies were sent. */
  sent(): Promise<void> {
    return this.#running
  }

  async #sendStudy(seed: number): Promise<void> {
    const StudyInstanceUID = derivedUid('demo-study', String(seed))
    const laterals = [1, 2].map((nth) =>
      dxFile({
        StudyInstanceUID,
        SeriesInstanceUID: derivedUid('chaos-series', `${seed}`),
        SOPInstanceUID: derivedUid('chaos-lateral', `${seed}/${nth}`),
        ViewPosition: 'LL',
      }),
    )
    let owed = await Promise.all([phantomFile(seed), ...laterals].map(async (path) => readInstanceFile(await path)))
    while (owed.length > 0) {
      owed = await this.#offer(owed)
      if (owed.length > 0) await sleep(PAUSE_MS)
    }
    this.studies.push(StudyInstanceUID)
  }

  /** Offers them over one association; those that were not acknowledged. */
  async #offer(instances: readonly InstanceFile[]): Promise<InstanceFile[]> {
    const peer = {
      ...{ host: '127.0.0.1', port: this.#port, calledAeTitle: 'MCADS', callingAeTitle: 'TESTER', timeoutMs: 5000 },
    }
    const left: InstanceFile[] = []
    await storeInstances(peer, instances, async (instance, outcome) => {
      if (outcome instanceof Failure || outcome.status !== 0) {
        this.unanswered++
        left.push(instance)
      } else this.acknowledged.set(instance.sopInstanceUid, await dataSetHash(instance.path))
    })
    return left
  }
}

/** SHA-256 of a file's data set, without its file meta information. */
export async function dataSetHash(path: string): Promise<string> {
  const bytes = await readFile(path)
  return createHash('sha256')
    .update(bytes.subarray(parseFileMeta(bytes).dataSetOffset))
    .digest('hex')
}
