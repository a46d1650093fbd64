import type { Header } from './header.ts'

/** Input → 0 to 1. */
export type Window = (input: number) => number

/** The first window of an image, PS3.3 C.11.2.1.2 and C.11.2.1.3; undefined when it has none that can be used. */
export function windowOf(header: Header): Window | undefined {
  const centre = header.number('WindowCenter')
  const width = header.number('WindowWidth')
  const shape = header.string('VOILUTFunction') ?? 'LINEAR'
  if (centre === undefined || width === undefined || width <= 0) return undefined
  if (shape === 'SIGMOID') return (input) => 1 / (1 + Math.exp((-4 * (input - centre)) / width))
  if (shape === 'LINEAR_EXACT') return ramp(centre - width / 2, centre + width / 2)
  if (width < 1) return undefined
  return ramp(centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2)
}

/** 0 up to `low`, 1 above `high`. */
export function ramp(low: number, high: number): Window {
  return (input) => (input <= low ? 0 : input > high ? 1 : (input - low) / (high - low))
}
