import { drawAnatomy } from './phantom-anatomy.ts'
import { type Box, type Frame, pixelBox } from './phantom-canvas.ts'
import { drawFilm, exposeFilm } from './phantom-film.ts'
import { FINDINGS, PHANTOM_LABELS, type PhantomLabel } from './phantom-findings.ts'
import { type Random, random } from './phantom-random.ts'
import { drawThorax } from './phantom-thorax.ts'

type PhantomFinding = {
  label: PhantomLabel
  /** Everywhere it was drawn, in image pixels; x1 and y1 are exclusive. */
  boxes: Box[]
  /** False when it is everywhere, so that a heat map cannot point at it. */
  focal: boolean
}

/** A simulated frontal chest radiograph: no patient, no picture of one. It is a Radiograph and knows its findings. */
export type Phantom = {
  seed: number
  signed: false
  rows: number
  columns: number
  bitsStored: 12
  photometric: 'MONOCHROME1' | 'MONOCHROME2'
  view: 'PA' | 'AP'
  pixelSpacingMm: number
  /** Stored values, row by row. */
  pixels: Uint16Array
  findings: PhantomFinding[]
}

export type PhantomOptions = {
  seed: number
  /** What to draw; left out, the seed decides: none in a quarter of the phantoms, else one to four. */
  findings?: readonly PhantomLabel[]
  /** Pixels along the shorter side; left out, the seed decides, 1024 to 1152. */
  size?: number
  photometric?: Phantom['photometric']
  view?: Phantom['view']
}

const BODY_UNIT_MM = 400

/** The same options give the same pixels. Each part has its own random stream, so a finding changes nothing but itself. */
export function drawPhantom({ seed, size, ...options }: PhantomOptions): Phantom {
  const geometry = random(seed, 'geometry')
  const view = geometry.chance(0.7) ? 'PA' : 'AP'
  const photometric = geometry.chance(0.3) ? 'MONOCHROME1' : 'MONOCHROME2'
  const frame = drawFrame(geometry, size)
  const labels = options.findings ?? pickFindings(random(seed, 'findings'))
  const anatomy = drawAnatomy(random(seed, 'anatomy'), options.view ?? view)
  for (const label of labels) FINDINGS[label].prepare?.(anatomy, random(seed, `prepare ${label}`))
  const scene = drawThorax(frame, anatomy, random(seed, 'thorax'))
  const findings = labels.map((label) => ({
    label,
    boxes: FINDINGS[label].draw(scene, random(seed, label)).map((box) => pixelBox(frame, box)),
    focal: FINDINGS[label].focal,
  }))
  const film = random(seed, 'film')
  const pixels = exposeFilm(scene.attenuation, drawFilm(film), seed, film)
  const stored = options.photometric ?? photometric
  if (stored === 'MONOCHROME1') for (let i = 0; i < pixels.length; i++) pixels[i] = 4095 - (pixels[i] ?? 0)
  return {
    seed,
    signed: false,
    rows: frame.rows,
    columns: frame.columns,
    bitsStored: 12,
    photometric: stored,
    view: options.view ?? view,
    pixelSpacingMm: BODY_UNIT_MM / frame.unit,
    pixels,
    findings,
  }
}

/** The shorter side shows about one body unit, so that the centre crop keeps both lungs. */
function drawFrame(random: Random, size?: number): Frame {
  const drawn = 8 * random.whole(128, 144)
  const shorter = size ?? drawn
  const longer = Math.round(shorter * random.between(1, 1.18))
  const portrait = random.chance(0.5)
  const unit = shorter / random.between(0.92, 1.08)
  const angle = random.between(-0.06, 0.06)
  const rows = portrait ? longer : shorter
  const columns = portrait ? shorter : longer
  return {
    rows,
    columns,
    unit,
    centreX: columns / 2 + unit * random.between(-0.03, 0.03),
    centreY: rows / 2 + unit * random.between(-0.01, 0.05),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
  }
}

function pickFindings(random: Random): PhantomLabel[] {
  const count = random.chance(0.25) ? 0 : random.pick([1, 1, 1, 1, 2, 2, 2, 3, 3, 4])
  const left = [...PHANTOM_LABELS]
  const chosen = Array.from({ length: count }, () => left.splice(random.whole(0, left.length - 1), 1)).flat()
  return PHANTOM_LABELS.filter((label) => chosen.includes(label))
}
