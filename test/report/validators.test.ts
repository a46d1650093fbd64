import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { SR_CLASSES } from '../../src/report/build-sr.ts'
import { RESULT_OBJECTS, SC_COMPRESSIONS } from '../../src/study/result-object.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dciodvfyComplaints } from '../support/validators.ts'
import { PIXELMED, PIXELMED_OPTIONS } from '../validate/validate-many.ts'
import { CAVEATS, COMPLETE_SOURCE, corpusSource, noFindings, resultInput, sourceOf } from './synthetic-result.ts'

const EVERYTHING = SC_COMPRESSIONS.map((scCompression) => ({
  name: scCompression,
  objects: RESULT_OBJECTS,
  scCompression,
}))
const NEGATIVE = { findings: noFindings, maps: new Map() }
const complete = sourceOf(COMPLETE_SOURCE)

/** Paths of the written results, Secondary Captures first. */
async function written(...[input, wishes]: Parameters<typeof buildResults>): Promise<string[]> {
  const folder = await temporaryFolder()
  const { instances } = await buildResults(input, wishes)
  return Promise.all(
    instances.map(async ({ sopClassUid, bytes }, i) => {
      const path = join(folder, `${i}-${sopClassUid}.dcm`)
      await writeFile(path, bytes)
      return path
    }),
  )
}

describeWith(['dciodvfy', 'dcentvfy', 'corpus'], 'dicom3tools', () => {
  test('finds nothing wrong with the results in every SR class, with and without findings, and all that may be asked for', async () => {
    for (const change of [{ caveats: CAVEATS }, NEGATIVE])
      for (const path of await written(resultInput(complete, change), EVERYTHING))
        expect(await dciodvfyComplaints(path)).toEqual([])
  })

  test('finds nothing wrong with the results of a source that is lossy but does not say so', async () => {
    const {
      LossyImageCompression: _,
      LossyImageCompressionRatio: __,
      LossyImageCompressionMethod: ___,
      ...rest
    } = COMPLETE_SOURCE
    const source = { ...sourceOf(rest), transferSyntaxUid: TransferSyntax.JpegBaseline8Bit }
    for (const path of await written(resultInput(source))) expect(await dciodvfyComplaints(path)).toEqual([])
  })

  test.each([
    'chest/AIHCND_C2_Starte__test1.dcm',
    'chest/Registration__cxr.dcm',
    'chest/highdicom__dx_image.dcm',
    'charset/pydicom__chrH32.dcm',
    'charset/pydicom__chrKoreanMulti.dcm',
    'charset/pydicom__chrRuss.dcm',
  ])('finds no error in the results for %s', async (path) => {
    for (const result of await written(resultInput(await corpusSource(path))))
      expect((await dciodvfyComplaints(result)).filter((line) => line.startsWith('Error'))).toEqual([])
  })

  test('finds patient and study the same in source and results', async () => {
    const folder = await temporaryFolder()
    const source = join(folder, 'source.dcm')
    await writeFile(source, encodeInstance(COMPLETE_SOURCE))
    const { output } = await dcmtk('dcentvfy', source, ...(await written(resultInput(complete))))
    const differences = output
      .split('\n')
      .filter((line) => line && !/different information entities.*AccessionNumber/i.test(line))
    expect(differences).toEqual([])
  })
})

describeWith(['dsrdump'], 'DCMTK', () => {
  test.each(SR_CLASSES)('reads the content tree of SR class %s without a word', async (sopClassUid) => {
    const path = (await written(resultInput(complete))).find((each) => each.endsWith(`-${sopClassUid}.dcm`))
    const { exitCode, output } = await dcmtk('dsrdump', '-Ec', '-q', path ?? '')
    expect(exitCode).toBe(0)
    expect(output).toContain('<contains NUM:(,,"Certainty of Finding")="87.3" (%,UCUM,"Percent")>')
    expect(output).not.toMatch(/^[WE]: /m)
  })
})

describeWith(['java', PIXELMED], 'PixelMed', () => {
  test('finds the SR according to TID 1500 but for two codes younger than its tables', {
    timeout: 120_000,
  }, async () => {
    const paths = await written(resultInput(complete, { caveats: CAVEATS }))
    const validator = 'com.pixelmed.validate.DicomSRValidator'
    const sr = paths.find((path) => path.endsWith(`-${SopClass.Comprehensive3dSrStorage}.dcm`)) ?? ''
    const { output } = await dcmtk('java', ...PIXELMED_OPTIONS, validator, sr)
    const lines = output.split('\n').filter((line) => line !== '')
    const expected = [
      /\(43468-8,LN,.* not found in context group 100$/,
      /\(816094009,SCT,"Chest"\) not found in context group 4031$/,
    ]
    expect(lines.filter((line) => !expected.some((pattern) => pattern.test(line)))).toEqual([
      'Found Comprehensive3DSR IOD',
      'Found Root Template TID_1500 (MeasurementReport)',
      'Root Template Validation Complete',
      'IOD validation complete',
    ])
  })
})
