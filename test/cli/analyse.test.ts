import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { writeDemoStudy } from '../../src/cli/demo-study.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { readableSr } from '../../src/report/sr-text.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'

type Analysed = {
  folder: string
  findings: { label: string; positive: boolean }[]
  maps: { label: string; rows: number; columns: number; empty: boolean }[]
}

const slug = (label: string) => label.toLowerCase().replace(/[^a-z0-9]+/g, '-')

test('analyse makes findings, SR, SC and maps of a file, without a database', async () => {
  const folder = await temporaryFolder()
  const file = await writeDemoStudy(folder, 7)
  const args = ['analyse', file, '--model', 'phantom-densenet', '--out', join(folder, 'out')]
  const { exitCode, stdout } = await mcads('--json', ...args)
  expect(exitCode).toBe(0)
  const [analysed]: Analysed[] = JSON.parse(stdout)
  const found = analysed?.findings.filter(({ positive }) => positive).map(({ label }) => label) ?? []
  expect(found).toEqual(expect.arrayContaining(['Mass', 'Effusion']))
  const of = (name: string) => readFile(join(analysed?.folder ?? '', name))
  expect(parseHeader(await of('sr.dcm')).string('SOPClassUID')).toBe(SopClass.Comprehensive3dSrStorage)
  expect(parseHeader(await of('mass.dcm')).string('Modality')).toBe('OT')
  const map = analysed?.maps.find(({ label }) => label === 'Mass')
  const npy = await of('mass.npy')
  expect(npy.subarray(0, 6).toString('latin1')).toBe('\x93NUMPY')
  expect(npy.length).toBe(128 + 4 * (map?.rows ?? 0) * (map?.columns ?? 0))
  expect((await sharp(await of('mass.png')).metadata()).format).toBe('png')
  expect((await readdir(analysed?.folder ?? '')).sort()).toEqual(
    ['sr.dcm', 'summary.dcm', 'summary.png', 'findings.json']
      .concat(['combined', ...found].flatMap((label) => ['dcm', 'png', 'npy'].map((type) => `${slug(label)}.${type}`)))
      .sort(),
  )
})

test('analyse declines what the node would decline, and a file that cannot be read is none of the others’ fault', async () => {
  const folder = await temporaryFolder()
  const file = await writeDemoStudy(folder, 8)
  const lateral = join(folder, 'lateral.dcm')
  const bytes = await readFile(file)
  bytes.write('LL', bytes.indexOf('CS\x02\x00PA') + 4, 'latin1')
  await writeFile(lateral, bytes)
  const broken = join(folder, 'broken.dcm')
  await writeFile(broken, 'no DICOM file')
  const { exitCode, stdout } = await mcads('--json', 'analyse', lateral, broken, file, '--out', join(folder, 'out'))
  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject([
    { declined: 'VIEW_NOT_FRONTAL' },
    { error: { code: 'DATA_SET_UNREADABLE' } },
    { modelId: 'phantom-densenet' },
  ])
})

/** A model of the test's own: Mass is off, and its card speaks of AP views and ages. */
async function cautiousModel(): Promise<string> {
  const models = await temporaryFolder()
  const folder = join(models, 'phantom-densenet')
  await cp(new URL('../../models/phantom-densenet', import.meta.url), folder, { recursive: true })
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  const labels = manifest.labels.map((label: { name: string }) => ({
    ...label,
    ...(label.name === 'Mass' && { defaultOff: true }),
  }))
  const caveats = [{ code: 'VIEW_AP', views: ['AP'], text: 'AP view: less reliable than PA.' }]
  const cautious = { ...manifest, labels, caveats, intended: { views: ['PA'], ages: [18, 120] } }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(cautious))
  return configFile({ model: { directory: models } })
}

test('what is off is in no result; caveats of card and gate are in the findings and in the SR', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'phantom.dcm')
  expect(await mcads('phantom', '--out', file, '--view', 'AP', '--findings', 'Mass,Effusion')).toMatchObject({
    exitCode: 0,
  })
  const config = await cautiousModel()
  const { stdout } = await mcads('--json', 'analyse', file, '--out', join(folder, 'out'), '--config', config)
  const [{ folder: results, findings, caveats }] = JSON.parse(stdout)
  const codes = ['VIEW_NOT_INTENDED', 'VIEW_AP', 'AGE_UNKNOWN']
  expect(caveats.map(({ code }: { code: string }) => code)).toEqual(codes)
  const found = findings.filter(({ positive }: { positive: boolean }) => positive)
  expect(found.map(({ label }: { label: string }) => label)).toContain('Effusion')
  expect(findings.map(({ label }: { label: string }) => label)).not.toContain('Mass')
  expect((await readdir(results)).filter((name) => name.startsWith('mass'))).toEqual([])
  const sr = readableSr(await readFile(join(results, 'sr.dcm')))
  expect(sr).not.toMatch(/\bMass\b/i)
  expect(sr.match(/^ *Comment: CAVEAT: .*$/gm)).toHaveLength(codes.length)
  expect(sr).toContain('CAVEAT: AP view: less reliable than PA.')
})
