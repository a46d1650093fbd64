/** Body coordinates: origin mid-chest, x to the image's right (patient's left), y down; 1 unit is about 40 cm. */
export type Point = { x: number; y: number }
export type Box = { x0: number; y0: number; x1: number; y1: number }

/** Where the body lies on the detector: `unit` pixels per body unit, centre in pixels, small rotation. */
export type Frame = {
  rows: number
  columns: number
  unit: number
  centreX: number
  centreY: number
  cos: number
  sin: number
}
export type Canvas = { frame: Frame; data: Float32Array }

/** A thick line through `points`; width and amount may change from the first point to the last. */
export type Stroke = { points: Point[]; width: number; endWidth?: number; amount: number; endAmount?: number }

export const openCanvas = (frame: Frame): Canvas => ({ frame, data: new Float32Array(frame.rows * frame.columns) })

export const clamp = (value: number, low = 0, high = 1) => Math.min(high, Math.max(low, value))

export function smoothstep(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from))
  return t * t * (3 - 2 * t)
}

function toPixel({ unit, centreX, centreY, cos, sin }: Frame, { x, y }: Point): Point {
  return { x: centreX + unit * (cos * x - sin * y), y: centreY + unit * (sin * x + cos * y) }
}

/** The smallest whole-pixel box around a body box, cut to the image; x1 and y1 are exclusive. */
export function pixelBox(frame: Frame, { x0, y0, x1, y1 }: Box): Box {
  const corners = [
    { x: x0, y: y0 },
    { x: x1, y: y0 },
    { x: x0, y: y1 },
    { x: x1, y: y1 },
  ].map((corner) => toPixel(frame, corner))
  const xs = corners.map(({ x }) => x)
  const ys = corners.map(({ y }) => y)
  return {
    x0: clamp(Math.floor(Math.min(...xs)), 0, frame.columns),
    y0: clamp(Math.floor(Math.min(...ys)), 0, frame.rows),
    x1: clamp(Math.ceil(Math.max(...xs)) + 1, 0, frame.columns),
    y1: clamp(Math.ceil(Math.max(...ys)) + 1, 0, frame.rows),
  }
}

/** Adds `value` at the centre of every pixel of the area; `index` is the pixel's place in the data. */
export function paint({ frame, data }: Canvas, area: Box, value: (x: number, y: number, index: number) => number) {
  const { columns, centreX, centreY } = frame
  const cos = frame.cos / frame.unit
  const sin = frame.sin / frame.unit
  const { x0, y0, x1, y1 } = pixelBox(frame, area)
  for (let row = y0; row < y1; row++) {
    const dy = row - centreY
    for (let column = x0; column < x1; column++) {
      const dx = column - centreX
      const index = row * columns + column
      data[index] = (data[index] ?? 0) + value(dx * cos + dy * sin, dy * cos - dx * sin, index)
    }
  }
}

/** Keeps the stronger of what is there and the segment, so that joints do not add up. */
function paintSegment(scratch: Canvas, a: Point, b: Point, width: [number, number], amount: [number, number]) {
  const edge = Math.max(0.002, 0.6 / scratch.frame.unit)
  const reach = Math.max(...width) / 2 + edge
  const dx = b.x - a.x
  const dy = b.y - a.y
  const length2 = dx * dx + dy * dy || 1e-12
  const { data } = scratch
  const area = {
    x0: Math.min(a.x, b.x) - reach,
    y0: Math.min(a.y, b.y) - reach,
    x1: Math.max(a.x, b.x) + reach,
    y1: Math.max(a.y, b.y) + reach,
  }
  paint(scratch, area, (x, y, index) => {
    const t = clamp(((x - a.x) * dx + (y - a.y) * dy) / length2)
    const distance = Math.sqrt((x - a.x - t * dx) ** 2 + (y - a.y - t * dy) ** 2)
    const radius = (width[0] + (width[1] - width[0]) * t) / 2
    const value = (amount[0] + (amount[1] - amount[0]) * t) * clamp((radius - distance) / (2 * edge) + 0.5)
    const present = data[index] ?? 0
    return Math.abs(value) > Math.abs(present) ? value - present : 0
  })
}

/** Draws strokes into one layer of their own. */
export function strokeLayer(frame: Frame, strokes: Stroke[]): Canvas {
  const layer = openCanvas(frame)
  for (const { points, width, endWidth = width, amount, endAmount = amount } of strokes) {
    const last = points.length - 1
    for (let i = 0; i < last; i++) {
      const [a, b] = [points[i], points[i + 1]]
      if (!a || !b) continue
      const along = (from: number, to: number): [number, number] => [
        from + ((to - from) * i) / last,
        from + ((to - from) * (i + 1)) / last,
      ]
      paintSegment(layer, a, b, along(width, endWidth), along(amount, endAmount))
    }
  }
  return layer
}

/** Points of a curve at equal steps of its parameter, 0 to 1. */
export function curve(steps: number, at: (t: number) => Point): Point[] {
  return Array.from({ length: steps + 1 }, (_, i) => at(i / steps))
}

export const boxAround = (points: Point[], margin: number): Box => ({
  x0: Math.min(...points.map(({ x }) => x)) - margin,
  y0: Math.min(...points.map(({ y }) => y)) - margin,
  x1: Math.max(...points.map(({ x }) => x)) + margin,
  y1: Math.max(...points.map(({ y }) => y)) + margin,
})
