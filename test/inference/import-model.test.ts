import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { repeatGolden } from '../../src/inference/golden-cases.ts'
import { importModel } from '../../src/inference/import-model.ts'
import { listInstalledModels } from '../../src/inference/installed-models.ts'
import { openModel } from '../../src/inference/open-model.ts'
import { CATALOGUE, type CatalogueEntry } from '../../src/model/catalogue.ts'
import { temporaryFolder } from '../support/needs.ts'
import { TORCH_FIXTURES } from '../support/torch-cases.ts'

const checkpoint = (name: string) => join(TORCH_FIXTURES, `densenet-small-${name}.pt`)
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'Failure', code, message: expect.stringMatching(message) })

/** densenet121-res224-all, had it been as narrow as the fixture. */
function smallEntry(): CatalogueEntry {
  const [entry] = CATALOGUE
  if (!entry) throw new RangeError('the catalogue is empty')
  return { ...entry, size: 96, blocks: [2, 3, 2, 2] }
}

const importing = async (name: string, more: { folder?: string; replace?: boolean; sha256?: string } = {}) => {
  const folder = more.folder ?? (await temporaryFolder())
  return {
    folder,
    ...(await importModel({ replace: false, ...more, path: checkpoint(name), folder, entry: smallEntry() })),
  }
}

test('an imported model opens, and answers its golden inputs as when it was imported', async () => {
  const { directory, manifest, folder } = await importing('zip')
  expect((await readdir(directory)).sort()).toEqual([
    ...['CARD.md', 'classifier.f32', 'golden.json', 'manifest.json', 'model.onnx', 'saliency.onnx'],
  ])
  expect(await readdir(folder)).toEqual(['densenet121-res224-all'])
  const model = await openModel({ directory, children: 1 })
  onTestFinished(() => model[Symbol.asyncDispose]())
  expect(model.identity.version).toBe(`v1+${manifest.checkpoint?.sha256.slice(0, 8)}`)
  const cases = await repeatGolden(model, directory)
  expect(cases).toHaveLength(3)
  expect(cases.every(({ ok }) => ok)).toBe(true)
})

test('a model that answers otherwise than it did is found out', async () => {
  const { directory } = await importing('zip')
  const golden = JSON.parse(await readFile(join(directory, 'golden.json'), 'utf8'))
  golden.cases[1].outputs[4] += 0.01
  await writeFile(join(directory, 'golden.json'), JSON.stringify(golden))
  const model = await openModel({ directory, children: 1 })
  onTestFinished(() => model[Symbol.asyncDispose]())
  expect((await repeatGolden(model, directory)).map(({ ok }) => ok)).toEqual([true, false, true])
})

test('a model is altered by one bit: it does not open', async () => {
  const { directory } = await importing('zip')
  const onnx = await readFile(join(directory, 'model.onnx'))
  onnx.writeUInt8(onnx.readUInt8(5000) ^ 1, 5000)
  await writeFile(join(directory, 'model.onnx'), onnx)
  await expect(openModel({ directory, children: 1 })).rejects.toThrow(failure('MODEL_INVALID', /SHA-256/))
})

test('what is there is not written over unless asked to, and another checkpoint than the first is pointed out', async () => {
  const { folder, manifest } = await importing('zip')
  await expect(importing('zip', { folder })).rejects.toThrow(failure('USAGE', /imported already; --replace/))
  await expect(importing('legacy', { folder })).rejects.toThrow(
    failure('USAGE', new RegExp(`from a checkpoint with the SHA-256 ${manifest.checkpoint?.sha256}, this one has`)),
  )
  const again = await importing('legacy', { folder, replace: true })
  expect(again.manifest.checkpoint?.sha256).not.toBe(manifest.checkpoint?.sha256)
  // The same weights, otherwise packed.
  expect(again.manifest.sha256).toBe(manifest.sha256)
  expect(await readdir(folder)).toEqual(['densenet121-res224-all'])
})

test('a checkpoint of another SHA-256 than was asked for is refused, and nothing stays behind', async () => {
  const folder = await temporaryFolder()
  await expect(importing('zip', { folder, sha256: '0'.repeat(64) })).rejects.toThrow(
    failure('MODEL_INVALID', /instead of/),
  )
  expect(await readdir(folder)).toEqual([])
})

test.each<[string, Partial<CatalogueEntry>, RegExp]>([
  ['of another size', { blocks: [6, 12, 24, 16] }, /holds a densenet 2-3-2-2, not a densenet 6-12-24-16/],
  ['with other labels', { labels: [{ name: 'Mass' }] }, /18 outputs, not 1/],
])('a network %s than the catalogue says is refused', async (_, change, message) => {
  const folder = await temporaryFolder()
  const options = { path: checkpoint('zip'), folder, entry: { ...smallEntry(), ...change }, replace: false }
  await expect(importModel(options)).rejects.toThrow(failure('MODEL_INVALID', message))
  expect(await readdir(folder)).toEqual([])
})

test('what an import that was killed left behind goes with the next one, but for a model that it had moved aside', async () => {
  const folder = await temporaryFolder()
  const [old, aside, underWay] = ['.import-a-1', '.import-a-1.old', '.import-a-2']
  for (const name of [old, aside, underWay]) await mkdir(join(folder, name))
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000)
  for (const name of [old, aside]) await utimes(join(folder, name), twoHoursAgo, twoHoursAgo)
  await importing('zip', { folder })
  expect((await readdir(folder)).sort()).toEqual([aside, underWay, 'densenet121-res224-all'])
})

test('a folder that takes no model is named, with what the system says', async () => {
  const folder = join(await temporaryFolder(), 'file')
  await writeFile(folder, '')
  await expect(importing('zip', { folder })).rejects.toThrow(
    failure('STORAGE_FAILED', /file\/\.import-.* cannot be written: ENOTDIR/),
  )
})

test('the installed models are those with a manifest; a broken one says what is wrong', async () => {
  const { folder, directory } = await importing('zip')
  expect(await listInstalledModels(folder)).toMatchObject([
    { id: 'densenet121-res224-all', manifest: { licence: 'Apache-2.0' } },
  ])
  await writeFile(join(directory, 'manifest.json'), '{')
  expect(await listInstalledModels(folder)).toMatchObject([
    { id: 'densenet121-res224-all', fault: expect.stringMatching(/JSON/) },
  ])
  expect(await listInstalledModels(join(folder, 'nowhere'))).toEqual([])
})
