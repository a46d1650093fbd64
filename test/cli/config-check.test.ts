import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'

test('a valid configuration is summed up: who may associate, where results go, which model', async () => {
  const config = await configFile({
    dicom: { aeTitle: 'CXR', port: 104, peers: [{ aeTitle: 'CR1', host: '10.0.0.0/24' }] },
    destinations: [{ name: 'pacs', aeTitle: 'PACS', host: 'pacs.example', port: 104 }],
  })
  const { exitCode, stdout } = await mcads('config', 'check', '--config', config)
  expect(exitCode).toBe(0)
  for (const words of ['AE title CXR, port 104, 1 peer(s)', 'results go to pacs', 'phantom-densenet'])
    expect(stdout).toContain(words)
  const asJson = await mcads('config', 'check', '--config', config, '--json')
  expect(asJson).toEqual({ exitCode: 0, stdout: '{"valid":true}\n', stderr: '' })
})

test('the example is valid as it stands', async () => {
  expect(await mcads('config', 'check', '--config', 'config/node.example.yaml')).toMatchObject({ exitCode: 0 })
})

test("faults of a site's finding codes are told all at once, before anything starts: exit code 2", async () => {
  const codes = join(await temporaryFolder(), 'codes.json')
  const lung = { value: '39607008', scheme: 'SCT', meaning: 'Lung' }
  await writeFile(codes, JSON.stringify({ Mass: { finding: { ...lung, value: '39607009' }, site: {} } }))
  const { exitCode, stderr } = await mcads('config', 'check', '--config', await configFile({ report: { codes } }))
  expect(exitCode).toBe(2)
  expect(stderr).toContain('Mass.finding.value is not a SNOMED CT identifier')
  expect(stderr).toContain('Mass.site.meaning')
  const missing = await configFile({ report: { codes: `${codes}.not` } })
  expect((await mcads('config', 'check', '--config', missing)).stderr).toContain('report.codes')
})

test('all faults are told at once, each with its path: exit code 2', async () => {
  const config = await configFile({
    storage: { minimumFree: 5 },
    dicom: {
      aeTitle: 'SEVENTEEN_LETTERS',
      port: 70_000,
      colour: 'blue',
      peers: [{ aeTitle: 'CR1', host: '10.0.0.0/33' }],
    },
    destinations: [{ name: 'PACS', aeTitle: 'PACS', host: 'pacs', port: 104 }],
    completion: { quiet: 30 },
    log: { level: 'loud' },
  })
  const { exitCode, stdout, stderr } = await mcads('config', 'check', '--config', config)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  const paths = [
    'storage.minimumFree',
    'dicom.aeTitle',
    'dicom.port',
    'dicom: unknown key colour',
    'dicom.peers.0.host',
    'destinations.0.name',
    'completion.quiet',
    'log.level',
  ]
  for (const path of paths) expect(stderr).toContain(path)
})

test('a demonstration model with database.url is told, and may be allowed', async () => {
  const tree = { database: { url: 'postgresql://db.example/mcads' } }
  const refused = await mcads('config', 'check', '--config', await configFile(tree))
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('model.allowDemonstration: true') })
  const allowed = await configFile({ ...tree, model: { allowDemonstration: true } })
  expect(await mcads('config', 'check', '--config', allowed)).toMatchObject({ exitCode: 0 })
})

test('a model that is not there is told', async () => {
  const config = await configFile({
    model: { id: 'no-such-model' },
    database: { url: 'postgresql://db.example/mcads' },
  })
  const { exitCode, stderr } = await mcads('config', 'check', '--config', config)
  expect(exitCode).toBe(1)
  expect(stderr).toContain('MODEL_INVALID: there is no model no-such-model')
})
