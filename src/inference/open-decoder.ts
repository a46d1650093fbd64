import type { ModelInput } from '../model/manifest-schema.ts'
import type { Crop } from '../model/prepare-tensor.ts'
import type { PixelMeasures } from '../quality/measure-pixels.ts'
import { openChildPool } from './child-pool.ts'

/** A file's first frame for a model. */
export type Preparation = { readonly path: string; readonly input: ModelInput }

export type PreparedImage = {
  /** What the model gets: see `prepareTensor`. */
  readonly tensor: Float32Array
  readonly crop: Crop
  /** For the quality checks to judge. */
  readonly measures: PixelMeasures
  /** The radiograph's own. */
  readonly rows: number
  readonly columns: number
  /** The whole radiograph as it is to be shown, 0 black to 255 white (see `displayGrey`), no larger than pages show it. */
  readonly display: { readonly rows: number; readonly columns: number; readonly grey: Uint8Array }
}

/** Decodes and prepares radiographs where a corrupt file can do no harm. */
export type Decoder = AsyncDisposable & {
  /** @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE, PIXELS_UNREADABLE, CHILD_TIMED_OUT, CHILD_DIED */
  prepare(path: string, input: ModelInput): Promise<PreparedImage>
}

const MAX_RSS_BYTES = 1024 * 1024 * 1024

export function openDecoder(options: { readonly children: number; readonly timeoutMs?: number }): Decoder {
  const pool = openChildPool<Preparation, PreparedImage>({
    entry: new URL('./decode-child.ts', import.meta.url),
    setup: undefined,
    size: options.children,
    startTimeoutMs: 60_000,
    jobTimeoutMs: options.timeoutMs ?? 10_000,
    maxRssBytes: MAX_RSS_BYTES,
  })
  return {
    prepare: (path, input) => pool.run({ path, input }),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}
