import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { drawScene, inverted, takePicture, turned } from '../../models/frontal-check/cases.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { type Radiograph, radiographOf } from '../../src/dicom/radiograph.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { judgePixels } from '../../src/quality/judge-pixels.ts'
import { measurePixels } from '../../src/quality/measure-pixels.ts'
import { declineOf } from '../../src/study/quality.ts'
import { REAL_FRONTAL, readPicture } from '../support/corpus-images.ts'
import { corpus, describeWith } from '../support/needs.ts'

const { quality: byDefault } = readConfig(undefined, {})

const verdictsOf = (radiograph: Radiograph, saidFrontal = false) =>
  judgePixels({ measures: measurePixels(radiograph), modelSize: 16, saidFrontal }, byDefault)
const declinedOf = (radiograph: Radiograph, saidFrontal = false) => declineOf(verdictsOf(radiograph, saidFrontal))
/** Declined, or scored with a caveat. */
const isCaught = (radiograph: Radiograph) => verdictsOf(radiograph).some(({ outcome }) => outcome !== 'passed')

const phantoms = [21, 22, 23].map((seed) => drawPhantom({ seed, size: 256 }))

test('phantoms of either photometric interpretation are upright frontal chests', () => {
  expect(phantoms.map((phantom) => declinedOf(phantom))).toEqual([undefined, undefined, undefined])
})

test('a phantom whose polarity contradicts its pixels is declined as POLARITY_INVERTED, upright or turned', () => {
  const reasons = phantoms.flatMap((phantom) =>
    [0, 1, 2, 3].map((turns) => declinedOf(turned(inverted(phantom), turns))),
  )
  expect(new Set(reasons)).toEqual(new Set(['POLARITY_INVERTED']))
})

test('a phantom that lies on its side or stands on its head is declined as PIXELS_NOT_FRONTAL', () => {
  const reasons = phantoms.flatMap((phantom) => [1, 2, 3].map((turns) => declinedOf(turned(phantom, turns))))
  expect(new Set(reasons)).toEqual(new Set(['PIXELS_NOT_FRONTAL']))
})

test('drawings of a thorax from the side, and of other parts, are declined', () => {
  const seeds = [2_000_000, 2_000_001, 2_000_002, 2_000_003, 2_000_004, 2_000_005, 2_000_006, 2_000_007, 2_000_008]
  const pictures = seeds
    .map((seed) => ({ seed, scene: drawScene(seed) }))
    .filter(({ scene }) => scene.view !== 'frontal')
  const reasons = pictures.map(({ seed, scene }) => declinedOf(takePicture(scene, seed, 0).radiograph))
  expect(pictures.length).toBeGreaterThan(2)
  expect(reasons.filter((reason) => reason === undefined)).toEqual([])
})

test('where View Position says PA or AP the pixels add a caveat and do not decline', () => {
  const [phantom] = phantoms
  if (!phantom) throw new Error('no phantom')
  expect(declinedOf(turned(phantom, 2), true)).toBeUndefined()
})

async function dicom(path: string): Promise<Radiograph> {
  const file = readFileSync(corpus(`dicom/${path}`))
  return radiographOf(await decodeFrames(file, { frames: 'first' }), parseHeader(file))
}

describeWith(['corpus'], 'of real images', () => {
  test.each(REAL_FRONTAL)('%s is scored, and is caught when its polarity is swapped or it is turned', async (path) => {
    const radiograph = path.startsWith('png/') ? await readPicture(path.slice(4)) : await dicom(path)
    expect(declinedOf(radiograph)).toBeUndefined()
    expect(isCaught(inverted(radiograph))).toBe(true)
    for (const turns of [1, 2, 3]) expect(isCaught(turned(radiograph, turns))).toBe(true)
  })

  test('of all but one, a hazy infant, the check is sure', async () => {
    const unsure: string[] = []
    for (const path of REAL_FRONTAL) {
      const radiograph = path.startsWith('png/') ? await readPicture(path.slice(4)) : await dicom(path)
      if (isCaught(radiograph)) unsure.push(path)
    }
    expect(unsure).toEqual(['png/kermany_person1712_bacteria_4529.jpeg'])
  })

  test('one claims MONOCHROME2 although its bones are dark, and is upside down: POLARITY_INVERTED', async () => {
    const path = 'chest/pylibjpeg-data__JPEG2KLossless_1s_1f_u_16_16.deid.dcm'
    expect(declinedOf(await dicom(path))).toBe('POLARITY_INVERTED')
    expect(declinedOf(turned(inverted(await dicom(path)), 2))).toBeUndefined()
  })

  test.each([
    'chest/highdicom__dx_image.dcm',
    'radiograph/dicom-fuzzer__dx_352x370_14bit_evle.dcm',
    'radiograph/fo-dicom__CR-ModalitySequenceLUT.dcm',
    'radiograph/fo-dicom__GH133.dcm',
    'radiograph/fo-dicom__OutOfBoundsOverlay.dcm',
  ])('%s (a dog, hands, teeth, a breast) is no frontal chest', async (path) => {
    expect(measurePixels(await dicom(path)).frontal).toBeLessThan(0.05)
  })
})
