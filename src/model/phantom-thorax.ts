import {
  type Anatomy,
  diaphragm,
  freeAir,
  heartMask,
  lungDepth,
  RIBS,
  ribPoint,
  SIDES,
  type Side,
} from './phantom-anatomy.ts'
import {
  type Canvas,
  curve,
  type Frame,
  openCanvas,
  paint,
  type Stroke,
  smoothstep,
  strokeLayer,
} from './phantom-canvas.ts'
import type { Random } from './phantom-random.ts'

/** What findings draw on: attenuation summed along each ray, and the air each ray meets. */
export type Scene = { anatomy: Anatomy; attenuation: Canvas; lung: Canvas }

export const WHOLE = { x0: -2, y0: -2, x1: 2, y1: 2 }

/** Draws the healthy parts of the thorax. Attenuation: 0 is air, 1 about the mediastinum. */
export function drawThorax(frame: Frame, anatomy: Anatomy, random: Random): Scene {
  const lung = openCanvas(frame)
  paint(lung, { x0: -0.5, y0: -0.5, x1: 0.5, y1: 0.5 }, (x, y) => lungDepth(anatomy, x, y))
  const scene = { anatomy, attenuation: openCanvas(frame), lung }
  drawSoftTissue(scene)
  drawSpine(scene)
  drawBones(scene, random)
  drawVessels(scene, random)
  return scene
}

/** Adds a layer to another, weighted per pixel. */
export function addLayer(target: Canvas, layer: Canvas, weight: (index: number) => number = () => 1) {
  for (let i = 0; i < layer.data.length; i++) {
    const value = layer.data[i]
    if (value) target.data[i] = (target.data[i] ?? 0) + value * weight(i)
  }
}

function drawSoftTissue({ anatomy, attenuation, lung }: Scene) {
  const { bodyWidth, lungContrast, breasts } = anatomy
  paint(attenuation, WHOLE, (x, y, index) => {
    const across = Math.abs(x)
    const shoulder = -0.46 + 0.38 * Math.max(0, across - 0.08)
    const outline = y < -0.2 ? Math.max(bodyWidth, 0.09) + (-0.2 - y) * 0.9 : bodyWidth + 0.03 * (y + 0.2)
    const body = smoothstep(0, 0.02, outline - across) * (across < 0.085 ? 1 : smoothstep(0, 0.02, y - shoulder))
    if (body === 0) return 0
    const thickness = 0.72 + 0.2 * Math.sqrt(Math.max(0, 1 - (across / outline) ** 2))
    const abdomen = 0.12 * smoothstep(-0.01, 0.01, y - diaphragm(anatomy, x)) * smoothstep(0, 0.05, bodyWidth - across)
    const heart = across < 0.5 ? 0.1 * heartMask(anatomy, x, y) : 0
    const middle = 0.12 * (1 - smoothstep(0.03, 0.075, across))
    return body * (thickness + abdomen + heart + middle) - lungContrast * (lung.data[index] ?? 0)
  })
  if (breasts === 0) return
  for (const side of SIDES) {
    const centre = { x: side * 0.19, y: 0.13 }
    const area = { x0: centre.x - 0.17, y0: centre.y - 0.17, x1: centre.x + 0.17, y1: centre.y + 0.17 }
    paint(attenuation, area, (x, y) => {
      const r = Math.sqrt((x - centre.x) ** 2 + (y - centre.y) ** 2) / 0.15
      return breasts * (1 - smoothstep(0.85, 1.02, r)) * (0.6 + 0.4 * smoothstep(-0.1, 0.12, y - centre.y))
    })
  }
}

function drawSpine({ attenuation }: Scene) {
  paint(attenuation, { x0: -0.06, y0: -0.8, x1: 0.06, y1: 0.8 }, (x, y) => {
    const vertebra = 0.6 + 0.4 * smoothstep(-0.7, -0.3, Math.cos((y * 2 * Math.PI) / 0.058))
    return 0.12 * (1 - smoothstep(0.03, 0.037, Math.abs(x))) * vertebra
  })
}

type RibPiece = { side: Side; rib: number; from: number; to: number; steps: number; down?: number }

const ribPiece = (anatomy: Anatomy, piece: RibPiece, amount: number, endAmount: number): Stroke => ({
  points: curve(piece.steps, (t) => {
    const { x, y } = ribPoint(anatomy, piece.side, piece.rib, piece.from + (piece.to - piece.from) * t)
    return { x, y: y + (piece.down ?? 0) }
  }),
  width: anatomy.ribWidth,
  amount,
  endAmount,
})

/** The back of a rib; a fracture moves everything beyond it down and leaves a gap between dense ends. */
function backStrokes(anatomy: Anatomy, side: Side, rib: number): Stroke[] {
  const { boneContrast } = anatomy
  const fracture = anatomy.fractures.find((each) => each.side === side && each.rib === rib)
  if (!fracture) return [ribPiece(anatomy, { side, rib, from: 0, to: 0.6, steps: 16 }, boneContrast, boneContrast)]
  const { at, step: down } = fracture
  const dense = boneContrast * 2.4
  const piece = (from: number, to: number, start: number, end: number, moved = 0) =>
    ribPiece(anatomy, { side, rib, from, to, steps: 6, down: moved }, start, end)
  return [
    piece(0, at - 0.07, boneContrast, boneContrast),
    piece(at - 0.07, at - 0.014, dense * 0.8, dense),
    piece(at + 0.014, at + 0.07, dense, dense * 0.8, down),
    piece(at + 0.07, 0.6, boneContrast, boneContrast, down),
  ]
}

function clavicle(anatomy: Anatomy, side: Side, lift: number): Stroke {
  const points = curve(14, (t) => ({
    x: side * (0.035 + 0.29 * t),
    y: anatomy.lungTop + 0.085 - 0.07 * t - lift + 0.012 * Math.sin(2 * Math.PI * t),
  }))
  return { points, width: 0.03, endWidth: 0.024, amount: anatomy.boneContrast * 1.25 }
}

function scapula(anatomy: Anatomy, side: Side): Stroke {
  const points = curve(8, (t) => ({ x: side * (0.31 - 0.05 * t), y: -0.28 + 0.3 * t }))
  return { points, width: 0.03, endWidth: 0.008, amount: anatomy.boneContrast * 0.7 }
}

/** Bones of one layer hide each other, layers add up: backs of the ribs, their fronts, shoulder girdle. */
function drawBones({ anatomy, attenuation }: Scene, random: Random) {
  const { boneContrast } = anatomy
  const lift = random.between(-0.01, 0.025)
  const ribs = SIDES.flatMap((side) => Array.from({ length: RIBS }, (_, rib) => ({ side, rib })))
  const backs = ribs.flatMap(({ side, rib }) => backStrokes(anatomy, side, rib))
  const fronts = ribs.map(({ side, rib }) =>
    ribPiece(anatomy, { side, rib, from: 0.6, to: 1, steps: 10 }, boneContrast * 0.8, boneContrast * 0.35),
  )
  const girdle = SIDES.flatMap((side) => [
    clavicle(anatomy, side, lift),
    ...(anatomy.scapulae ? [scapula(anatomy, side)] : []),
  ])
  for (const strokes of [backs, fronts, girdle]) addLayer(attenuation, strokeLayer(attenuation.frame, strokes))
}

/** One vessel and its branches, thinning outwards. */
function vessel(random: Random, from: { x: number; y: number }, angle: number, width: number, strokes: Stroke[]) {
  const length = 0.05 + width * random.between(6, 10)
  const bend = random.between(-0.5, 0.5)
  const points = curve(5, (t) => ({
    x: from.x + length * t * Math.cos(angle + bend * t),
    y: from.y + length * t * Math.sin(angle + bend * t),
  }))
  const endWidth = width * 0.68
  strokes.push({ points, width, endWidth, amount: 0.3 + width * 55, endAmount: 0.3 + endWidth * 55 })
  const end = points[5]
  if (!end || endWidth < 0.0028) return
  const spread = random.between(0.25, 0.5)
  vessel(random, end, angle + bend + spread, endWidth * random.between(0.8, 1), strokes)
  vessel(random, end, angle + bend - spread, endWidth * random.between(0.8, 1), strokes)
}

/** Hilar vessels; they end where a pneumothorax has taken the lung away. */
function drawVessels({ anatomy, attenuation, lung }: Scene, random: Random) {
  const { frame } = attenuation
  const strokes: Stroke[] = []
  for (const side of SIDES) {
    const hilum = { x: side * 0.075, y: -0.03 + random.between(-0.015, 0.015) }
    for (let i = 0; i < 6; i++) {
      const fan = -1.2 + 0.5 * i + random.between(-0.15, 0.15)
      const angle = side > 0 ? fan : Math.PI - fan
      vessel(random, hilum, angle, random.between(0.009, 0.013), strokes)
    }
  }
  const layer = strokeLayer(frame, strokes)
  if (anatomy.pneumothorax) {
    const collapsed = openCanvas(frame)
    paint(collapsed, WHOLE, (x, y) => freeAir(anatomy, x, y))
    addLayer(attenuation, layer, (i) => anatomy.vesselContrast * (lung.data[i] ?? 0) * (1 - (collapsed.data[i] ?? 0)))
    return
  }
  addLayer(attenuation, layer, (i) => anatomy.vesselContrast * (lung.data[i] ?? 0))
}
