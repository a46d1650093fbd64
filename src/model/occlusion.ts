import type { ModelInput } from './manifest-schema.ts'

/** The image's sides in cells; a window of 2 × 2 cells is covered at a time. */
const CELLS = 12
const WINDOW = 2
const STEPS = CELLS - WINDOW + 1

/** Index of one number of a tensor. */
const indexOf = ({ layout, channels, size }: ModelInput, channel: number, row: number, column: number): number =>
  layout === 'NCHW' ? (channel * size + row) * size + column : (row * size + column) * channels + channel

function meansOf(tensor: Float32Array, input: ModelInput): number[] {
  const { channels, size } = input
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) sum += tensor[indexOf(input, channel, row, column)] ?? 0
    return sum / (size * size)
  })
}

/** The image with one window in its mean grey. */
function covered(tensor: Float32Array, input: ModelInput, means: readonly number[], at: number): Float32Array {
  const edge = (cell: number) => Math.round((cell * input.size) / CELLS)
  const [top, left] = [Math.floor(at / STEPS), at % STEPS]
  const made = tensor.slice()
  means.forEach((mean, channel) => {
    for (let row = edge(top); row < edge(top + WINDOW); row++)
      for (let column = edge(left); column < edge(left + WINDOW); column++)
        made[indexOf(input, channel, row, column)] = mean
  })
  return made
}

/** How much each cell mattered: the mean of what was lost whenever it was covered, gains left out. */
function cellsOf(losses: readonly number[]): Float32Array {
  const sums = new Float64Array(CELLS * CELLS)
  const counts = new Float64Array(CELLS * CELLS)
  losses.forEach((loss, at) => {
    const [top, left] = [Math.floor(at / STEPS), at % STEPS]
    for (let row = top; row < top + WINDOW; row++)
      for (let column = left; column < left + WINDOW; column++) {
        const cell = row * CELLS + column
        sums[cell] = (sums[cell] ?? 0) + loss
        counts[cell] = (counts[cell] ?? 0) + 1
      }
  })
  return Float32Array.from(sums, (sum, cell) => Math.max(0, sum / (counts[cell] ?? 1)))
}

export type CellMap = { readonly rows: number; readonly columns: number; readonly values: Float32Array }

/**
 * Occlusion (Zeiler 2014), which asks nothing of a model but answers: how much less it finds when a part of the image is
 * grey. `logitsOf` gives the logits of the labels in question, in their order; one map for each, of 12 × 12 cells.
 */
export async function occlusionMaps(
  logitsOf: (tensor: Float32Array) => Promise<readonly number[]>,
  tensor: Float32Array,
  input: ModelInput,
): Promise<CellMap[]> {
  const whole = await logitsOf(tensor)
  const means = meansOf(tensor, input)
  const losses: number[][] = whole.map(() => [])
  for (let at = 0; at < STEPS * STEPS; at++) {
    const logits = await logitsOf(covered(tensor, input, means, at))
    losses.forEach((own, label) => {
      own.push((whole[label] ?? 0) - (logits[label] ?? 0))
    })
  }
  return losses.map((own) => ({ rows: CELLS, columns: CELLS, values: cellsOf(own) }))
}
