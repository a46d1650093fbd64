/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/**
 * Anchors of "inferno" by N. Smith and S. van der Walt (matplotlib, CC0) at 0, 0.1 … 1: lightness rises evenly, so no
 * false edges, also for colour-blind readers and in grey prints.
 */
const ANCHORS: readonly Rgb[] = [
  [0x00, 0x00, 0x04],
  [0x16, 0x0b, 0x39],
  [0x42, 0x0a, 0x68],
  [0x6a, 0x17, 0x6e],
  [0x93, 0x26, 0x67],
  [0xbc, 0x37, 0x54],
  [0xdd, 0x51, 0x3a],
  [0xf3, 0x77, 0x1a],
  [0xfc, 0xa5, 0x0a],
  [0xf6, 0xd6, 0x45],
  [0xfc, 0xff, 0xa4],
]
const MAX_ALPHA = 0.62
/** Below this share of the maximum the radiograph stays untouched; from `OPAQUE` on the colour is at its strongest. */
export const VISIBLE = 0.12
const OPAQUE = 0.55

/** The colour of a heat from 0 to 1. */
export function heatColour(heat: number): Rgb {
  const at = Math.min(Math.max(heat, 0), 1) * (ANCHORS.length - 1)
  const from = ANCHORS[Math.floor(at)] ?? [0, 0, 0]
  const to = ANCHORS[Math.ceil(at)] ?? from
  const mix = (a: number, b: number) => Math.round(a + (b - a) * (at - Math.floor(at)))
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])]
}

/** How much of the colour covers the radiograph, 0 to 1. */
export function heatAlpha(heat: number): number {
  const share = Math.min(Math.max((heat - VISIBLE) / (OPAQUE - VISIBLE), 0), 1)
  return MAX_ALPHA * share * share * (3 - 2 * share)
}

/** The heat over a grey value. */
export function blended(grey: number, heat: number): Rgb {
  const alpha = heatAlpha(heat)
  const [red, green, blue] = heatColour(heat)
  const over = (colour: number) => Math.round(grey + (colour - grey) * alpha)
  return [over(red), over(green), over(blue)]
}
