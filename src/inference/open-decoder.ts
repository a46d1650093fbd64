import type { ModelInput } from '../model/manifest-schema.ts'
import type { Crop } from '../model/prepare-tensor.ts'
import type { PixelMeasures } from '../quality/measure-pixels.ts'
import type { DisplayImage } from '../report/result-input.ts'
import { openChildPool } from './child-pool.ts'

/** A file's first frame for a model. */
export type Preparation = { readonly path: string; readonly input: ModelInput }

/** The same frame for the quality checks and for people. */
export type Viewing = { readonly path: string }

export type PreparedImage = {
  /** What the model gets: see `prepareTensor`. */
  readonly tensor: Float32Array
  readonly crop: Crop
  /** The radiograph's own. */
  readonly rows: number
  readonly columns: number
}

export type ViewedImage = {
  /** For the quality checks to judge. */
  readonly measures: PixelMeasures
  /** The whole radiograph as it is to be shown, 0 black to 255 white (see `displayGrey`), no larger than pages show it. */
  readonly display: DisplayImage
}

/** Decodes and prepares radiographs where a corrupt file can do no harm. */
export type Decoder = AsyncDisposable & {
  /**
   * What the model gets, at once; what is seen of the image besides is found while the model looks. Nobody has to wait for
   * that. @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE, PIXELS_UNREADABLE, CHILD_TIMED_OUT, CHILD_DIED
   */
  prepare(path: string, input: ModelInput): Promise<PreparedImage & { readonly view: Promise<ViewedImage> }>
}

const MAX_RSS_BYTES = 1024 * 1024 * 1024

export function openDecoder(options: { readonly children: number; readonly timeoutMs?: number }): Decoder {
  const pool = openChildPool<Preparation, PreparedImage, Viewing, ViewedImage>({
    entry: new URL('./decode-child.ts', import.meta.url),
    setup: undefined,
    size: options.children,
    startTimeoutMs: 60_000,
    jobTimeoutMs: options.timeoutMs ?? 10_000,
    maxRssBytes: MAX_RSS_BYTES,
  })
  return {
    async prepare(path, input) {
      const [prepared, view] = await pool.runBoth({ path, input }, { path })
      return { ...prepared, view }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}
