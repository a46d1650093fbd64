import { expect, test } from 'vitest'
import { findingsOf, normaliseScore, sigmoid } from '../../src/model/score.ts'

test('the score is 0.5 at the operating point, 0 at 0 and 1 at 1', () => {
  for (const operatingPoint of [0.002, 0.0742, 0.5, 0.93]) {
    expect(normaliseScore(operatingPoint, operatingPoint)).toBeCloseTo(0.5, 12)
    expect(normaliseScore(0, operatingPoint)).toBe(0)
    expect(normaliseScore(1, operatingPoint)).toBe(1)
    expect(normaliseScore(operatingPoint / 2, operatingPoint)).toBeCloseTo(0.25, 12)
    expect(normaliseScore((1 + operatingPoint) / 2, operatingPoint)).toBeCloseTo(0.75, 12)
  }
})

test('the score rises with the output on both sides of the operating point', () => {
  const scores = Array.from({ length: 1001 }, (_, i) => normaliseScore(i / 1000, 0.0502))
  expect(scores.every((score, i) => i === 0 || score > (scores[i - 1] ?? 1))).toBe(true)
})

test('an operating point fitted on sigmoid(sigmoid(logit)) says the same of a logit as its own logit does of sigmoid(logit)', () => {
  // torchxrayvision resnet50-res512-all: as published, and what it has to be for the outputs it is compared with.
  const published = [0.51570356, 0.50444704, 0.53787947, 0.50723547, 0.5025118, 0.5035252, 0.5138526]
  const right = [0.062835, 0.017789, 0.151809, 0.028944, 0.010047, 0.014101, 0.055425]
  published.forEach((twice, i) => {
    const once = Math.log(twice / (1 - twice))
    expect(once).toBeCloseTo(right[i] ?? Number.NaN, 6)
    expect(sigmoid(once)).toBeCloseTo(twice, 12)
  })
})

test('a finding keeps logit, output and score apart, and is positive from its operating point on', () => {
  const findings = findingsOf(
    [-2, Math.log(0.2 / 0.8), 3],
    [
      { name: 'Effusion', operatingPoint: 0.2 },
      { name: 'Pneumothorax', operatingPoint: 0.2 },
      { name: 'Nodule', operatingPoint: 0.5 },
    ],
  )
  expect(findings.map(({ label, positive }) => [label, positive])).toEqual([
    ['Effusion', false],
    ['Pneumothorax', true],
    ['Nodule', true],
  ])
  expect(findings[0]).toMatchObject({ logit: -2, operatingPoint: 0.2 })
  expect(findings[0]?.output).toBeCloseTo(0.119203, 6)
  expect(findings[0]?.score).toBeCloseTo(0.298007, 6)
  expect(findings[1]?.score).toBeCloseTo(0.5, 9)
})

test('a label without an operating point is left out, never given 0.5', () => {
  const findings = findingsOf([1, 1], [{ name: 'Hernia' }, { name: 'Mass', operatingPoint: 0.4 }])
  expect(findings.map(({ label }) => label)).toEqual(['Mass'])
})

test('extreme logits give scores of 0 and 1, not NaN', () => {
  const label = { name: 'Edema', operatingPoint: 0.02 }
  expect(findingsOf([-1000], [label])[0]).toMatchObject({ output: 0, score: 0 })
  expect(findingsOf([1000], [label])[0]).toMatchObject({ output: 1, score: 1 })
})

test('refuses as many logits as there are not labels', () => {
  expect(() => findingsOf([1, 2], [{ name: 'Mass', operatingPoint: 0.4 }])).toThrow(RangeError)
})
