import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeDemoStudy } from '../../src/cli/demo-study.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { mcads } from '../support/mcads.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { xrvTensor } from '../support/xrv-tensor.ts'

const read = (path: string) => readFile(corpus(path), 'utf8')

describeWith(['corpus'], 'inspect pixels tells what two other decoders find in', () => {
  test.each([
    ['dicom/chest/AIHCND_C2_Starte__test1.dcm', '8 bits, MONOCHROME2'],
    ['dicom/chest/highdicom__dx_image.dcm', '8 bits, MONOCHROME1'],
    ['dicom/chest/Registration__cxr.dcm', '10 bits, MONOCHROME1, JPEG Lossless'],
    ['dicom/radiograph/fo-dicom__GH133.dcm', '12 bits'],
    ['dicom/radiograph/dicom-fuzzer__dx_352x370_14bit_evle.dcm', '14 bits'],
    ['dicom/transfer-syntax/dicomParser__CT1_UNC.explicit_little_endian.dcm', '16 bits, signed'],
    ['dicom/transfer-syntax/dtf__MR_small_padded.dcm', 'padded'],
    ['dicom/transfer-syntax/dtf__emri_small_big_endian.dcm', 'ten frames, big endian'],
    ['dicom/transfer-syntax/dtf__rtdose.dcm', '32 bits, frames'],
    ['dicom/broken/fo-dicom__1403-OB.dcm', 'RGB'],
    ['dicom/broken/dtf__explicit_VR-UN.dcm', 'elements of unknown VR'],
  ])('%s (%s)', async (file) => {
    const row = (await read('decode-reference.tsv')).split('\n').find((line) => line.startsWith(`${file}\t`))
    const [, syntax, reference] = row?.split('\t') ?? []
    const { exitCode, stdout } = await mcads('--json', 'inspect', 'pixels', corpus(file))
    const { shape, type, min, max, mean, sha256, transferSyntax } = JSON.parse(stdout)
    expect(exitCode).toBe(0)
    expect(`${shape}|${type}|min=${min}|max=${max}|mean=${mean.toFixed(4)}|${sha256.slice(0, 32)}`).toBe(reference)
    expect(transferSyntax).toBe(syntax)
  })
})

test('inspect tensor writes what the model gets to see', async () => {
  const folder = await temporaryFolder()
  const [file, out] = [await writeDemoStudy(folder, 5), join(folder, 'tensor.f32')]
  const args = ['inspect', 'tensor', file, '--model', 'phantom-densenet', '--out', out]
  const { exitCode, stdout } = await mcads('--json', ...args)
  expect(exitCode).toBe(0)
  const options = { seed: 5, findings: ['Mass', 'Effusion'], photometric: 'MONOCHROME2', view: 'PA' } as const
  const { data, crop } = xrvTensor(drawPhantom(options), 224)
  const written = await readFile(out)
  expect(written.equals(Buffer.from(data.buffer))).toBe(true)
  expect(JSON.parse(stdout)).toMatchObject({ shape: '1x1x224x224', type: 'float32', profile: 'xrv', crop })
})

test('inspect of what is no file, and for a model that is not there, says so', async () => {
  const missing = await mcads('inspect', 'pixels', '/nowhere.dcm')
  expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/FILE_UNREADABLE: \/nowhere\.dcm/) })
  const model = await mcads('inspect', 'tensor', '/nowhere.dcm', '--model', 'resnet50-res512-all')
  expect(model).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/NOT_FOUND: resnet50-res512-all/) })
})
