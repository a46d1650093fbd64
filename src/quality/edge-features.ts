import type { Thumbnail } from './thumbnail.ts'

/** Cells along one side, and directions told apart in each. */
const CELLS = 8
const DIRECTIONS = 8
const EDGE_FEATURES = CELLS * CELLS * DIRECTIONS
const STRONGEST = 0.3

/** Weakly smoothed, so that noise and stripes of single cells make no edges. */
function smooth({ side, values }: Thumbnail): Float64Array {
  const at = (y: number, x: number) =>
    values[Math.min(side - 1, Math.max(0, y)) * side + Math.min(side - 1, Math.max(0, x))] ?? 0
  return values.map((_, i) => {
    const [y, x] = [Math.floor(i / side), i % side]
    let sum = 0
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) sum += at(y + dy, x + dx) * (2 - Math.abs(dy)) * (2 - Math.abs(dx))
    return sum / 16
  })
}

/**
 * Which way it gets brighter, and how much, in 8 × 8 cells: a histogram of directions all around (Dalal and Triggs 2005,
 * but a dark lung beside a bright wall differs from the reverse). Each neighbourhood of 3 × 3 cells is scaled to the same
 * strength, so that exposure and contrast hardly matter.
 */
export function edgeFeatures(thumbnail: Thumbnail): Float64Array {
  const { side } = thumbnail
  const values = smooth(thumbnail)
  const histogram = new Float64Array(EDGE_FEATURES)
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const across = (values[y * side + x + 1] ?? 0) - (values[y * side + x - 1] ?? 0)
      const down = (values[(y + 1) * side + x] ?? 0) - (values[(y - 1) * side + x] ?? 0)
      addEdge(histogram, { y: ((y + 0.5) * CELLS) / side, x: ((x + 0.5) * CELLS) / side, across, down })
    }
  return balanced(histogram)
}

type Edge = { readonly y: number; readonly x: number; readonly across: number; readonly down: number }

/** Shared among the nearest cells and directions, so that small shifts change little. */
function addEdge(histogram: Float64Array, { y, x, across, down }: Edge): void {
  const strength = Math.sqrt(across * across + down * down)
  const direction = ((Math.atan2(down, across) / (2 * Math.PI) + 1) * DIRECTIONS) % DIRECTIONS
  const [top, left, least] = [Math.floor(y - 0.5), Math.floor(x - 0.5), Math.floor(direction)]
  for (let row = Math.max(0, top); row <= Math.min(CELLS - 1, top + 1); row++)
    for (let column = Math.max(0, left); column <= Math.min(CELLS - 1, left + 1); column++)
      for (let each = least; each <= least + 1; each++) {
        const share =
          (1 - Math.abs(y - 0.5 - row)) * (1 - Math.abs(x - 0.5 - column)) * (1 - Math.abs(direction - each))
        const at = (row * CELLS + column) * DIRECTIONS + (each % DIRECTIONS)
        histogram[at] = (histogram[at] ?? 0) + strength * share
      }
}

function balanced(histogram: Float64Array): Float64Array {
  const energy = Float64Array.from({ length: CELLS * CELLS }, (_, cell) =>
    histogram.subarray(cell * DIRECTIONS, (cell + 1) * DIRECTIONS).reduce((sum, value) => sum + value * value, 0),
  )
  const overall = energy.reduce((sum, value) => sum + value, 0) / energy.length
  return histogram.map((value, at) => {
    const cell = Math.floor(at / DIRECTIONS)
    const [row, column] = [Math.floor(cell / CELLS), cell % CELLS]
    let around = 0.3 * overall
    for (let r = Math.max(0, row - 1); r <= Math.min(CELLS - 1, row + 1); r++)
      for (let c = Math.max(0, column - 1); c <= Math.min(CELLS - 1, column + 1); c++)
        around += (energy[r * CELLS + c] ?? 0) / 9
    return Math.min(STRONGEST, value / Math.sqrt(Math.max(1e-12, around)))
  })
}
