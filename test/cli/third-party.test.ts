import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readableSr } from '../../src/report/sr-text.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { dxFile } from '../support/push.ts'

/** A softmax classifier of three classes and three colour channels: make.py beside it. */
const FIXTURES = new URL('../fixtures/third-party', import.meta.url).pathname
const ID = 'third-party-triage'
const [ROWS, COLUMNS] = [300, 420]

/** The picture that make.py asked PyTorch about, as a radiograph of 12 bits. */
function picture(): Promise<string> {
  const pixels = Uint16Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const [y, x] = [Math.floor(i / COLUMNS), i % COLUMNS]
    return Math.floor(2047.5 + 1500 * Math.sin(x / 31) * Math.cos(y / 23) + 400 * Math.sin((x + 2 * y) / 5))
  })
  const size = { Rows: ROWS, Columns: COLUMNS, BitsAllocated: 16, BitsStored: 12, HighBit: 11 }
  return dxFile({ ...size, PixelData: new Uint8Array(pixels.buffer), PatientAge: '045Y' })
}

/** It is a pattern, no chest. */
const quality = { screenCapture: 'off', polarityPixels: 'off', frontalPixels: 'off', saturated: 'off' }

async function installed(models: object = {}) {
  const folder = await temporaryFolder()
  const config = await configFile({ model: { directory: folder, id: ID }, models, quality })
  const run = (...args: string[]) => mcads('--config', config, ...args)
  const imported = await run(
    'model',
    'import',
    join(FIXTURES, 'model.onnx'),
    '--manifest',
    join(FIXTURES, 'manifest.json'),
  )
  expect(imported).toMatchObject({ exitCode: 0, stderr: '' })
  return { folder, run, imported }
}

type Finding = { label: string; output: number; score: number; positive: boolean }
type Analysed = { findings: Finding[]; maps: { label: string; empty: boolean }[]; folder: string; written: string[] }

async function analysed(run: (...args: string[]) => ReturnType<typeof mcads>): Promise<Analysed> {
  const { exitCode, stdout } = await run('--json', 'analyse', await picture(), '--out', await temporaryFolder())
  expect(exitCode, stdout).toBe(0)
  return JSON.parse(stdout)[0]
}

test('a softmax classifier of somebody else runs from its manifest alone, and answers as PyTorch does', async () => {
  const { run, imported } = await installed()
  expect(imported.stdout).toMatch(/third-party-triage 2\.1 is installed/)
  expect(await run('model', 'verify')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/ok +golden-input\.f32/),
  })
  const { findings, maps, folder, written } = await analysed(run)
  const [, tuberculosis = Number.NaN, pneumonia = Number.NaN]: number[] = JSON.parse(
    await readFile(join(FIXTURES, 'expected.json'), 'utf8'),
  )
  expect(findings.map(({ label }) => label)).toEqual(['Tuberculosis', 'Pneumonia'])
  expect(findings[0]?.output).toBeCloseTo(tuberculosis, 4)
  expect(findings[1]?.output).toBeCloseTo(pneumonia, 4)
  expect(findings.map(({ positive }) => positive)).toEqual([true, false])
  expect(maps).toEqual([expect.objectContaining({ label: 'Tuberculosis', empty: false })])
  expect(written).toContain('tuberculosis.npy')
  const sr = readableSr(await readFile(join(folder, 'sr.dcm')))
  expect(sr).toMatch(/Pulmonary tuberculosis/)
})

test('its heat maps may be made in another way that its network allows, and of no other', async () => {
  const { run } = await installed({ explanations: { [ID]: 'pli' } })
  expect((await analysed(run)).maps).toEqual([expect.objectContaining({ label: 'Tuberculosis', empty: false })])
  const { run: other } = await installed({ explanations: { [ID]: 'grad-cam' } })
  const { exitCode, stderr } = await other('config', 'check')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/models\.explanations\.third-party-triage: grad-cam needs outputs\.features/)
})

test('model show tells what it sees and gives', async () => {
  const { run } = await installed()
  const { stdout } = await run('model', 'show', ID)
  expect(stdout).toMatch(/input +48 x 48 x 3 \(NCHW\), profile unit, stretch, triangle/)
  expect(stdout).toMatch(/output +scores, softmax/)
  expect(stdout).toMatch(/Normal +none +no/)
  expect(stdout).toMatch(/Tuberculosis +0\.1000 +yes/)
})

async function altered(change: (manifest: Record<string, unknown>) => object): Promise<string> {
  const folder = await temporaryFolder()
  await cp(FIXTURES, folder, { recursive: true })
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(change(manifest)))
  return folder
}

test.each<[string, (manifest: Record<string, unknown>) => object, RegExp]>([
  ['is another file than it says', (m) => ({ ...m, sha256: '0'.repeat(64) }), /SHA-256 [0-9a-f]{64} instead of 0{64}/],
  ['wants Grad-CAM without features', (m) => ({ ...m, explanation: 'grad-cam' }), /explanation: grad-cam needs/],
  [
    'names an output it has not',
    (m) => ({ ...m, outputs: { labels: 'none' } }),
    /none does not depend|no output named none, but scores/,
  ],
  [
    'is given another size than it has',
    (m) => ({ ...m, input: { ...(m.input as object), channels: 1, mean: [0], std: [1] } }),
    /does not run/,
  ],
  [
    'answers otherwise than its golden cases',
    (m) => ({ ...m, golden: { file: 'wrong.json' } }),
    /golden-input\.f32 is .* off/,
  ],
])('a model that %s is not installed, and leaves nothing behind', async (_, change, message) => {
  const given = await altered(change)
  const golden = JSON.parse(await readFile(join(given, 'golden.json'), 'utf8'))
  golden.cases[0].outputs[1] += 0.01
  await writeFile(join(given, 'wrong.json'), JSON.stringify(golden))
  const folder = await temporaryFolder()
  const config = await configFile({ model: { directory: folder } })
  const args = ['model', 'import', join(given, 'model.onnx'), '--manifest', join(given, 'manifest.json')]
  const { exitCode, stderr } = await mcads('--config', config, ...args)
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(message)
  const { stdout } = await mcads('--config', config, '--json', 'model', 'list')
  expect(JSON.parse(stdout).filter(({ state }: { state: string }) => state !== 'published')).toEqual([])
})

test('a model that has been altered since stops the start, with the reason', async () => {
  const { folder, run } = await installed()
  const path = join(folder, ID, 'model.onnx')
  const onnx = await readFile(path)
  onnx.writeUInt8(onnx.readUInt8(3000) ^ 1, 3000)
  await writeFile(path, onnx)
  const { exitCode, stderr } = await run('analyse', await picture(), '--out', await temporaryFolder())
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/MODEL_INVALID: model\.onnx has another SHA-256/)
})

test('neither --as nor --manifest is wrong usage', async () => {
  const { exitCode, stderr } = await mcads('model', 'import', join(FIXTURES, 'model.onnx'))
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/--as ID for a published checkpoint, or --manifest FILE/)
})

test("a site's calibration is applied, told by model show and in the SR, and another device's", async () => {
  const { sha256 } = JSON.parse(await readFile(join(FIXTURES, 'manifest.json'), 'utf8'))
  const path = join(await temporaryFolder(), 'calibration.json')
  const labels = { Tuberculosis: { operatingPoint: 0.9 }, Pneumonia: { operatingPoint: 0.1 } }
  await writeFile(path, JSON.stringify({ model: ID, sha256, version: '2026-03', temperature: 2, labels }))
  const { run } = await installed({ calibrations: { [ID]: path } })
  const shown = await run('model', 'show', ID)
  expect(shown.stdout).toMatch(/calibration +2026-03, SHA-256 [0-9a-f]{64}/)
  expect(shown.stdout).toMatch(/Pneumonia +0\.1000 +yes +2\.00/)
  expect((await run('config', 'check')).stdout).toMatch(/model third-party-triage 2\.1, calibration 2026-03/)
  const { findings, folder } = await analysed(run)
  expect(findings.map(({ positive }) => positive)).toEqual([false, true])
  const sr = readableSr(await readFile(join(folder, 'sr.dcm')))
  expect(sr).toMatch(/Site calibration 2026-03 \(SHA-256 [0-9a-f]{64}\)/)
})

test('a calibration for another file of the model is refused by config check', async () => {
  const path = join(await temporaryFolder(), 'calibration.json')
  await writeFile(
    path,
    JSON.stringify({ model: ID, sha256: '0'.repeat(64), version: '1', labels: { Mass: { on: false } } }),
  )
  const { run } = await installed({ calibrations: { [ID]: path } })
  const { exitCode, stderr } = await run('config', 'check')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/sha256: it was made for another file.*labels\.Mass: is no label/)
})
