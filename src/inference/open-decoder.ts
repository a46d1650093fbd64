import type { ModelInput } from '../model/manifest-schema.ts'
import type { Crop } from '../model/prepare-tensor.ts'
import type { PixelMeasures } from '../quality/measure-pixels.ts'
import { openChildPool } from './child-pool.ts'

/** A file's first frame for a model. `shown`: it is asked for its display next. */
export type Preparation = { readonly path: string; readonly input: ModelInput; readonly shown: boolean }

/** A file's first frame for people. */
export type Showing = { readonly path: string }

export type PreparedImage = {
  /** What the model gets: see `prepareTensor`. */
  readonly tensor: Float32Array
  readonly crop: Crop
  /** For the quality checks to judge. */
  readonly measures: PixelMeasures
  /** The radiograph's own. */
  readonly rows: number
  readonly columns: number
}

/** The whole radiograph as it is to be shown, 0 black to 255 white (see `displayGrey`), no larger than pages show it. */
export type DisplayImage = { readonly rows: number; readonly columns: number; readonly grey: Uint8Array }

/** Decodes and prepares radiographs where a corrupt file can do no harm. */
export type Decoder = AsyncDisposable & {
  /** @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE, PIXELS_UNREADABLE, CHILD_TIMED_OUT, CHILD_DIED */
  prepare(path: string, input: ModelInput): Promise<PreparedImage>
  /** The same, and its display, which is made while the model looks at the tensor. @throws Failure as `prepare` */
  prepareShown(path: string, input: ModelInput): Promise<PreparedImage & { readonly display: Promise<DisplayImage> }>
}

const MAX_RSS_BYTES = 1024 * 1024 * 1024

export function openDecoder(options: { readonly children: number; readonly timeoutMs?: number }): Decoder {
  const pool = openChildPool<Preparation, PreparedImage, Showing, DisplayImage>({
    entry: new URL('./decode-child.ts', import.meta.url),
    setup: undefined,
    size: options.children,
    startTimeoutMs: 60_000,
    jobTimeoutMs: options.timeoutMs ?? 10_000,
    maxRssBytes: MAX_RSS_BYTES,
  })
  return {
    prepare: (path, input) => pool.run({ path, input, shown: false }),
    async prepareShown(path, input) {
      const [prepared, display] = await pool.runBoth({ path, input, shown: true }, { path })
      return { ...prepared, display }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}
