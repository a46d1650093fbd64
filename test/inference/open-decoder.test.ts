import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { type Decoder, openDecoder } from '../../src/inference/open-decoder.ts'
import { smallRadiograph } from '../../src/report/small-radiograph.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { xrvInput } from '../support/xrv-tensor.ts'

const GRID = [0, 1, 16, 48, 80, 111, 112, 144, 176, 208, 222, 223]

function decoder(timeoutMs?: number) {
  const opened = openDecoder({ children: 1, ...(timeoutMs && { timeoutMs }) })
  onTestFinished(() => opened[Symbol.asyncDispose]())
  return opened
}

/** Both for the model and for people. */
function wholly({ prepare }: Decoder) {
  return async (path: string) => {
    const { view, ...prepared } = await prepare(path, xrvInput(64))
    return { ...prepared, ...(await view) }
  }
}

const sha256 = (numbers: Float32Array | Uint8Array = new Uint8Array(0)) =>
  createHash('sha256').update(numbers).digest('hex')

describeWith(['corpus'], 'a decoder', () => {
  test('prepares every radiograph of the corpus as TorchXRayVision does, to within 0.001 of 2048', async () => {
    const references: { dicom: Record<string, { default: { grid: number[][] } }> } = JSON.parse(
      readFileSync(corpus('xrv-preprocess-reference.json'), 'utf8'),
    )
    const { prepare } = decoder(60_000)
    const files = Object.keys(references.dicom)
    expect(files).toHaveLength(20)
    for (const file of files) {
      const { tensor } = await prepare(corpus(file), xrvInput(224))
      const faults = GRID.flatMap((y, i) =>
        GRID.map((x, j) =>
          Math.abs((tensor[y * 224 + x] ?? 0) - (references.dicom[file]?.default.grid[i]?.[j] ?? 9999)),
        ),
      )
      expect(Math.max(...faults), file).toBeLessThan(0.001)
    }
  })

  test('gives the crop the model saw and the whole radiograph as it is to be shown', async () => {
    const prepared = await wholly(decoder())(corpus('dicom/chest/Registration__cxr.dcm'))
    const { tensor, crop, display, measures, rows, columns } = prepared
    expect(tensor).toHaveLength(64 * 64)
    expect(crop).toEqual({ top: 190, left: 0, rows: 1760, columns: 1760 })
    expect([rows, columns]).toEqual([2140, 1760])
    // No larger than pages show it.
    expect([display.rows, display.columns, display.grey.length]).toEqual([1280, 1053, 1280 * 1053])
    expect(display.small).toEqual(smallRadiograph(display))
    expect(measures).toMatchObject({ shorterSide: 1760, usedRange: expect.closeTo(0.5, 0) })
  })

  test('gives the same of an image whichever the same child read before', async () => {
    const files = ['chest/Registration__cxr.dcm', 'derived/nih8_rle.dcm', 'chest/dcmnorm__sc.dcm'].map((name) =>
      corpus(`dicom/${name}`),
    )
    const read = async (prepare: ReturnType<typeof wholly>, file: string) => {
      const { tensor, display, measures } = await prepare(file)
      return { tensor: sha256(tensor), grey: sha256(display.grey), small: sha256(display.small?.grey), measures }
    }
    const alone = await Promise.all(files.map((file) => read(wholly(decoder()), file)))
    const oneAfterTheOther = wholly(decoder())
    for (const i of [0, 1, 2, 1, 0, 2]) expect(await read(oneAfterTheOther, files[i] ?? '')).toEqual(alone[i])
  })

  test('says that a file cannot be read', async () => {
    await expect(decoder().prepare('/no/such/file.dcm', xrvInput(64))).rejects.toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE', message: expect.stringContaining('ENOENT') }),
    )
  })

  test('answers every broken file with an image or a Failure that stays, and then decodes a good one', async () => {
    const prepare = wholly(decoder())
    const codes: Record<string, string> = {}
    for (const name of readdirSync(corpus('dicom/broken')))
      codes[name] = await prepare(corpus(`dicom/broken/${name}`)).then(
        () => 'decoded',
        (error: unknown) => (error instanceof Failure ? `${error.code} ${error.retry}` : String(error)),
      )
    const decodable = Object.keys(codes).filter((name) => codes[name] === 'decoded')
    expect(decodable.toSorted()).toEqual([
      'dtf__explicit_VR-UN.dcm',
      'fo-dicom__1403-OB.dcm',
      'fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_ELE_undefinded_length.dcm',
      'pydicom__J2K_pixelrep_mismatch.dcm',
      'pydicom__JPEGLSNearLossless_08.dcm',
    ])
    const others = Object.values(codes).filter((code) => code !== 'decoded')
    expect([...new Set(others)].toSorted()).toEqual(['DATA_SET_UNREADABLE permanent', 'PIXELS_UNREADABLE permanent'])
    expect((await prepare(corpus('dicom/chest/dcmnorm__sc.dcm'))).display.rows).toBe(1024)
  })

  test('survives corrupt compressed pixels: each gives an image or a Failure in time', async () => {
    const folder = await temporaryFolder()
    const prepare = wholly(decoder(3000))
    for (const [i, syntax] of ['jpegP14SV1', 'jpegls', 'j2klossless', 'rle', 'jpegBaseline_q90'].entries()) {
      const file = readFileSync(corpus(`dicom/derived/nih8_${syntax}.dcm`))
      for (let k = 0; k < 40; k++) file[Math.floor(file.length * (0.3 + k / 80)) + i] = (k * 37) & 0xff
      const path = join(folder, `${syntax}.dcm`)
      await writeFile(path, file)
      const outcome = await prepare(path).catch((error: unknown) => error)
      if (outcome instanceof Error)
        expect(outcome).toMatchObject({ name: 'Failure', code: expect.stringMatching(/PIXELS_UNREADABLE|CHILD_/) })
      else expect(outcome).toHaveProperty('tensor.length', 64 * 64)
    }
    expect((await prepare(corpus('dicom/derived/nih8_jpegls.dcm'))).display.rows).toBe(1024)
  })
})
