import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseFileMeta } from '../../src/dicom/file-meta.ts'
import { echo } from '../../src/dimse/echo.ts'
import { type StoreOutcome, storeInstances } from '../../src/dimse/storage-scu.ts'
import { Failure } from '../../src/failure.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'

const peer = (port: number) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle: 'MCADS',
  callingAeTitle: 'TESTER',
  timeoutMs: 20_000,
})

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(corpus(folder))
  return names.sort().map((name) => join(corpus(folder), name))
}

/** Sends a file as it is, whatever it is; the status in hexadecimal, or the code of what went wrong. */
async function push(port: number, path: string): Promise<string> {
  const outcomes: StoreOutcome[] = []
  try {
    const meta = parseFileMeta(await readFile(path))
    await storeInstances(peer(port), [{ path, ...meta }], (_, outcome) => void outcomes.push(outcome))
  } catch (error) {
    if (error instanceof Failure) return `unsendable: ${error.code}`
    throw error
  }
  const [outcome] = outcomes
  return outcome instanceof Failure ? outcome.code : (outcome?.status.toString(16).padStart(4, '0') ?? 'no outcome')
}

describeWith(['corpus'], 'real files pushed to the node', () => {
  test.each([
    ['dicom/chest', 'AIHCND_C2_Starte__test1.dcm', 'analysed'],
    ['dicom/chest', 'AIHCND_C2_Starte__test4.dcm', 'declined BODY_PART_NOT_CHEST'],
    ['dicom/chest', 'AIHCND_C2_Starte__test5.dcm', 'declined MODALITY_NOT_ACCEPTED'],
    ['dicom/chest', 'AIHCND_C2_Starte__test6.dcm', 'analysed'],
    ['dicom/chest', 'Registration__cxr.dcm', 'analysed'],
    ['dicom/chest', 'dcmnorm__sc.dcm', 'declined BODY_PART_UNKNOWN'],
    ['dicom/chest', 'highdicom__dx_image.dcm', 'declined IMAGE_TOO_SMALL'],
    [
      'dicom/chest',
      'nccid__1.3.6.1.4.1.11129.5.5.110503645592756492463169821050252582267888.dcm',
      'declined BODY_PART_UNKNOWN',
    ],
    ['dicom/chest', 'pylibjpeg-data__JPEG2KLossless_1s_1f_u_16_16.deid.dcm', 'declined BODY_PART_UNKNOWN'],
    ['dicom/derived', 'nih8_deflated.dcm', 'analysed'],
    ['dicom/derived', 'nih8_j2klossless.dcm', 'analysed'],
    ['dicom/derived', 'nih8_j2klossy.dcm', 'declined IMAGE_DERIVED'],
    ['dicom/derived', 'nih8_jpegBaseline_q90.dcm', 'declined IMAGE_DERIVED'],
    ['dicom/derived', 'nih8_jpegP14SV1.dcm', 'analysed'],
    ['dicom/derived', 'nih8_jpegls.dcm', 'analysed'],
    ['dicom/derived', 'nih8_rle.dcm', 'analysed'],
  ])('%s/%s ends %s', async (folder, name, expected) => {
    const { dicomPort, db } = await startTestNode()
    expect(await push(dicomPort, corpus(`${folder}/${name}`))).toBe('0000')
    const [view] = await untilStudies(db, 1)
    expect([view?.study.state, view?.study.reasonCode].filter(Boolean).join(' ')).toBe(expected)
  })

  test('no file of these folders is left out above', async () => {
    const chest = (await filesOf('dicom/chest')).length + (await filesOf('dicom/derived')).length
    expect(chest).toBe(16)
  })

  test('whatever is broken, not an image or in any character set gets a status, and no study is held', async () => {
    const { dicomPort, db } = await startTestNode()
    const folders = ['broken', 'non-image', 'charset', 'dicomdir', 'radiograph']
    const paths = (await Promise.all(folders.map((folder) => filesOf(`dicom/${folder}`)))).flat()
    const outcomes = new Map<string, string>()
    for (const path of paths) outcomes.set(path.replace(/.*dicom\//, ''), await push(dicomPort, path))
    const known = /^(0000|a700|a900|c000|0117|0122|SOP_CLASS_REFUSED|unsendable: DATA_SET_UNREADABLE)$/
    expect([...outcomes].filter(([, outcome]) => !known.test(outcome))).toEqual([])
    await echo(peer(dicomPort))
    const views = await untilStudies(db, 1, { withinMs: 90_000 })
    const stored = views.reduce((sum, { instances }) => sum + instances.length, 0)
    expect(stored).toBeGreaterThan(0)
    expect(stored).toBeLessThanOrEqual([...outcomes.values()].filter((outcome) => outcome === '0000').length)
  }, 120_000)
})
