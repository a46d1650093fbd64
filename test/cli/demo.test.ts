import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { dxFile, instanceFile } from '../support/push.ts'

const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47])

test('mcads demo --out --json pushes a simulated radiograph and leaves findings, an SR and SCs with their PNGs: exit code 0', async () => {
  const out = join(await temporaryFolder(), 'results')
  const { exitCode, stdout, stderr } = await mcads('demo', '--out', out, '--json')
  expect(stderr).toMatch(/C-STORE 2\.25\.\d+: 0000H Success/)
  expect(exitCode).toBe(0)
  expect(stdout.match(/\n/g)).toHaveLength(1)
  const [shown] = JSON.parse(stdout)
  expect(shown).toMatchObject({ study: { state: 'analysed', revision: 1 }, instances: [{}] })
  const labels = shown.analyses[0].findings.map(({ label }: { label: string }) => label)
  expect(labels).toEqual(expect.arrayContaining(['Mass', 'Effusion', 'Pneumothorax']))
  expect(new Set(shown.deliveries.map(({ state }: { state: string }) => state))).toEqual(new Set(['confirmed']))

  expect([...shown.files].sort()).toEqual((await readdir(out)).sort().map((name) => join(out, name)))
  const dicom = shown.files.filter((file: string) => file.endsWith('.dcm'))
  const classes = await Promise.all(
    dicom.map(async (file: string) => parseHeader(await readFile(file)).string('SOPClassUID')),
  )
  expect(classes.filter((each) => each === SopClass.Comprehensive3dSrStorage)).toHaveLength(1)
  expect(classes.filter((each) => each === SopClass.SecondaryCaptureImageStorage)).toHaveLength(dicom.length - 1)
  const pictures = shown.files.filter((file: string) => file.endsWith('.png'))
  expect(pictures).toHaveLength(dicom.length - 1)
  for (const file of pictures) expect((await readFile(file)).subarray(0, 4)).toEqual(PNG_MAGIC)
}, 180_000)

test('mcads demo --dicom of an image that is not of the chest tells that it was declined, and why', async () => {
  const out = await temporaryFolder()
  const hand = await dxFile({ BodyPartExamined: 'HAND' })
  const { exitCode, stdout, stderr } = await mcads('demo', '--dicom', hand, '--out', out)
  expect(stderr).toContain('study 1.2.3: declined (BODY_PART_NOT_CHEST)')
  expect(stdout).toMatch(/state +declined, revision 1\nreason +BODY_PART_NOT_CHEST: /)
  expect(exitCode).toBe(0)
  expect(await readdir(out)).toEqual([])
}, 180_000)

test('mcads demo --dicom of a file that is none of DICOM names it before anything is started: exit code 1', async () => {
  const text = await instanceFile(Buffer.from('not DICOM'))
  const { exitCode, stdout, stderr } = await mcads('demo', '--dicom', text)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(/^mcads: DATA_SET_UNREADABLE: .*\.dcm: .*not a DICOM Part 10 file/)
})

test('mcads demo --dicom of what the node does not take says so: exit code 1', async () => {
  const out = await temporaryFolder()
  const ct = await dxFile({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', Modality: 'CT' })
  const { exitCode, stdout, stderr } = await mcads('demo', '--dicom', ct, '--out', out)
  expect(stderr).toContain('C-STORE 1.2.3.4: SOP_CLASS_REFUSED')
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'the node took none of the instances\n' })
}, 180_000)
