import { type Anatomy, ribPoint, SIDES } from './phantom-anatomy.ts'
import type { Box } from './phantom-canvas.ts'
import { breakRib, drawHernia, drawLungLesion, drawMass, drawNodule } from './phantom-nodules.ts'
import {
  drawAtelectasis,
  drawConsolidation,
  drawEdema,
  drawFibrosis,
  drawInfiltration,
  drawLungOpacity,
  drawPneumonia,
  raiseDome,
} from './phantom-opacities.ts'
import { heightAt, lungBand } from './phantom-place.ts'
import { collapseLung, drawEffusion, drawPleuralThickening, drawPneumothorax } from './phantom-pleura.ts'
import type { Random } from './phantom-random.ts'
import type { Scene } from './phantom-thorax.ts'

/** TorchXRayVision's labels in its output order. */
export const PHANTOM_LABELS = [
  'Atelectasis',
  'Consolidation',
  'Infiltration',
  'Pneumothorax',
  'Edema',
  'Emphysema',
  'Fibrosis',
  'Effusion',
  'Pneumonia',
  'Pleural_Thickening',
  'Cardiomegaly',
  'Nodule',
  'Mass',
  'Hernia',
  'Lung Lesion',
  'Fracture',
  'Lung Opacity',
  'Enlarged Cardiomediastinum',
] as const

export type PhantomLabel = (typeof PHANTOM_LABELS)[number]

type Finding = {
  focal: boolean
  /** Changes the thorax before it is drawn. */
  prepare?: (anatomy: Anatomy, random: Random) => void
  /** Draws the rest and tells, in body coordinates, where the finding is. */
  draw: (scene: Scene, random: Random) => Box[]
}

/** Each finding's look, or a plain stand-in for it. */
export const FINDINGS: Record<PhantomLabel, Finding> = {
  Atelectasis: { focal: true, prepare: raiseDome, draw: drawAtelectasis },
  Consolidation: { focal: true, draw: drawConsolidation },
  Infiltration: { focal: true, draw: drawInfiltration },
  Pneumothorax: { focal: true, prepare: collapseLung, draw: drawPneumothorax },
  Edema: { focal: false, draw: drawEdema },
  Emphysema: { focal: false, prepare: inflateLungs, draw: bothLungs },
  Fibrosis: { focal: true, draw: drawFibrosis },
  Effusion: { focal: true, draw: drawEffusion },
  Pneumonia: { focal: true, draw: drawPneumonia },
  Pleural_Thickening: { focal: true, draw: drawPleuralThickening },
  Cardiomegaly: { focal: true, prepare: enlargeHeart, draw: heartBox },
  Nodule: { focal: true, draw: drawNodule },
  Mass: { focal: true, draw: drawMass },
  Hernia: { focal: true, draw: drawHernia },
  'Lung Lesion': { focal: true, draw: drawLungLesion },
  Fracture: { focal: true, prepare: breakRib, draw: fractureBoxes },
  'Lung Opacity': { focal: true, draw: drawLungOpacity },
  'Enlarged Cardiomediastinum': { focal: true, prepare: widenMediastinum, draw: mediastinumBox },
}

/** Over-inflated: darker, longer lungs on flat diaphragms, thin vessels. */
function inflateLungs(anatomy: Anatomy, random: Random) {
  anatomy.lungBase += 0.03
  anatomy.domes.right *= 0.25
  anatomy.domes.left *= 0.25
  anatomy.lungContrast += random.between(0.09, 0.13)
  anatomy.vesselContrast *= 0.6
}

function bothLungs({ anatomy }: Scene): Box[] {
  return SIDES.map((side) => lungBand(anatomy, side, heightAt(anatomy, 0.05), heightAt(anatomy, 0.95)))
}

function enlargeHeart(anatomy: Anatomy, random: Random) {
  anatomy.heart.rx = anatomy.halfWidth * random.between(0.6, 0.7)
  anatomy.heart.ry = anatomy.heart.rx * random.between(0.75, 0.85)
  anatomy.heart.y -= 0.02
}

/** Bounding box of the tilted ellipse. */
function heartBox({ anatomy: { heart } }: Scene): Box[] {
  const { x, y, rx, ry, tilt } = heart
  const halfX = Math.sqrt((rx * Math.cos(tilt)) ** 2 + (ry * Math.sin(tilt)) ** 2)
  const halfY = Math.sqrt((rx * Math.sin(tilt)) ** 2 + (ry * Math.cos(tilt)) ** 2)
  return [{ x0: x - halfX, y0: y - halfY, x1: x + halfX, y1: y + halfY }]
}

function widenMediastinum(anatomy: Anatomy, random: Random) {
  anatomy.mediastinum.upper += random.between(0.05, 0.075)
}

function mediastinumBox({ anatomy }: Scene): Box[] {
  const half = anatomy.mediastinum.upper
  return [{ x0: -half, y0: anatomy.lungTop + 0.03, x1: half, y1: -0.02 }]
}

function fractureBoxes({ anatomy }: Scene): Box[] {
  return anatomy.fractures.map(({ side, rib, at, step }) => {
    const { x, y } = ribPoint(anatomy, side, rib, at)
    const half = 0.045
    return { x0: x - half, y0: y + step / 2 - half, x1: x + half, y1: y + step / 2 + half }
  })
}
