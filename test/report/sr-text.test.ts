import { expect, test } from 'vitest'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { buildSr } from '../../src/report/build-sr.ts'
import { readableSr } from '../../src/report/sr-text.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from './synthetic-result.ts'

test('an SR reads as an indented tree in document order', () => {
  const sr = buildSr(resultInput(sourceOf(COMPLETE_SOURCE)), SopClass.Comprehensive3dSrStorage, new Map())
  const text = readableSr(encodeInstance(sr))
  const lines = text.split('\n')
  expect(lines[0]).toBe('Imaging Measurement Report')
  expect(lines).toContain('  Language of Content Item and Descendants: English')
  expect(lines).toContain('      Certainty of Finding: 87.3 %')
  expect(lines).toContain('        selected from: 2.25.3001')
  expect(lines).toContain('    Pneumothorax: 30.7 % (operating point 50.0 %) - below')
  expect(lines).toContain('      A score below the operating point does not exclude the finding.')
  expect(lines.indexOf('  Imaging Measurements')).toBeLessThan(lines.indexOf('  Qualitative Evaluations'))
})
