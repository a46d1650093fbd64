import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/model/catalogue.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { releaseServer } from '../support/release-server.ts'
import { TORCH_FIXTURES } from '../support/torch-cases.ts'

const SMALL = join(TORCH_FIXTURES, 'densenet-small-zip.pt')
const ID = 'densenet121-res224-all'

async function modelsFolder() {
  const folder = await temporaryFolder()
  const config = await configFile({ model: { directory: folder } })
  return { folder, model: (...args: string[]) => mcads('--config', config, 'model', ...args) }
}

test('model list shows what is installed and the eight published models', async () => {
  const { exitCode, stdout } = await mcads('--json', 'model', 'list')
  const models: { id: string; state: string }[] = JSON.parse(stdout)
  expect(exitCode).toBe(0)
  expect(models).toContainEqual(expect.objectContaining({ id: 'phantom-densenet', state: 'installed' }))
  expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(CATALOGUE.map(({ id }) => id)))
})

test('model show tells operating points, and what the figures were measured on', async () => {
  const { exitCode, stdout } = await mcads('model', 'show', 'phantom-densenet')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/tested on +phantoms 1000000 to 1000399/)
  expect(stdout).toMatch(/Pneumothorax +0\.1076 +yes +1\.00/)
})

test('model verify finds the default model as it was sealed', async () => {
  const { exitCode, stdout } = await mcads('--json', 'model', 'verify', 'phantom-densenet')
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    id: 'phantom-densenet',
    ok: true,
    cases: [{ ok: true }, { ok: true }, { ok: true }],
  })
})

test.each([
  ['an unknown name', ['import', SMALL, '--as', 'resnet99'], /no published model has that name; there is: densenet121/],
  ['a sum that is none', ['import', SMALL, '--as', ID, '--sha256', 'abc'], /64 hexadecimal digits/],
  ['a path for a name', ['show', '../secrets'], /lower-case letters/],
  ['a folder that is no address', ['fetch', ID, '--from', 'weights'], /--from is the address/],
  ['a limit that is no number', ['fetch', ID, '--limit', 'much'], /--limit is a number/],
])('model with %s is wrong usage', async (_, args, message) => {
  const { model } = await modelsFolder()
  const { exitCode, stderr } = await model(...args)
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})

test('model import of a network that is not the one named says what it is, and leaves nothing behind', async () => {
  const { folder, model } = await modelsFolder()
  const { exitCode, stderr } = await model('import', SMALL, '--as', ID)
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/MODEL_INVALID: .*holds a densenet 2-3-2-2, not a densenet 6-12-24-16/)
  expect(await readdir(folder)).toEqual([])
})

test('model fetch of a checkpoint with another SHA-256 than asked for is refused, and not kept', async () => {
  const { folder, model } = await modelsFolder()
  const { url } = await releaseServer({ bytes: await readFile(SMALL), etag: '"1"' })
  const { exitCode, stderr } = await model('fetch', ID, '--from', url.href, '--sha256', '0'.repeat(64))
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/has the SHA-256 [0-9a-f]{64} instead of 0{64}/)
  expect(await readdir(join(folder, '.downloads'))).toEqual([])
})

const TORCH = ['/usr/lib/python3/dist-packages/torch', '/usr/lib/python3/dist-packages/torchvision']

describeWith(TORCH, 'a checkpoint of full size', () => {
  let made: string
  const checkpoint = () => join(made, 'densenet121-legacy.pt')
  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), 'mcads-torch-'))
    execFileSync('/usr/bin/python3', ['-W', 'ignore', join(TORCH_FIXTURES, 'make.py'), 'densenet', made])
  }, 120_000)
  afterAll(() => rm(made, { recursive: true, force: true }))

  test('is fetched, after an interruption, imported, shown and verified', async () => {
    const { folder, model } = await modelsFolder()
    const bytes = await readFile(checkpoint())
    const { url, ranges } = await releaseServer({ bytes, etag: '"1"' }, [9_000_000])
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const fetched = await model('fetch', ID, '--from', url.href, '--sha256', sha256, '--json')
    expect(fetched).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/100 %, 28\.4 of 28\.4 MB/) })
    expect(JSON.parse(fetched.stdout)).toMatchObject({
      manifest: { id: ID, checkpoint: { sha256, bytes: bytes.length } },
    })
    expect(ranges.length).toBe(2)
    expect(await readdir(join(folder, '.downloads'))).toEqual([])
    expect(await model('show', ID)).toMatchObject({ stdout: expect.stringMatching(/Lung Lesion +0\.05337 +no +0\.43/) })
    expect(await model('verify', ID)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/answers as it did/) })
    expect(await model('fetch', ID, '--from', url.href)).toMatchObject({ exitCode: 2 })
    expect(ranges.length).toBe(2)
  }, 120_000)
})
