import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { mcads } from '../support/mcads.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dciodvfyComplaints } from '../support/validators.ts'

async function phantom(...args: string[]) {
  const out = join(await temporaryFolder(), 'deep', 'phantom.dcm')
  return { out, ran: await mcads('--json', 'phantom', '--out', out, ...args) }
}

test('phantom writes a simulated radiograph with what was asked for, and says where it drew it', async () => {
  const args = ['--seed', '7', '--findings', 'Mass,Effusion', '--view', 'AP', '--photometric', 'MONOCHROME1']
  const { out, ran } = await phantom(...args)
  expect(ran.exitCode).toBe(0)
  const { findings, ...about } = JSON.parse(ran.stdout)
  expect(about).toMatchObject({ file: out, view: 'AP', photometric: 'MONOCHROME1' })
  expect(findings).toMatchObject([{ label: 'Mass', boxes: [{ x0: expect.any(Number) }] }, { label: 'Effusion' }])
  const header = parseHeader(await readFile(out))
  expect([header.string('ViewPosition'), header.number('Rows')]).toEqual(['AP', about.rows])
})

test('phantom names what it can draw when it is asked for something else', async () => {
  const { ran } = await phantom('--findings', 'Mess')
  expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/no finding can be drawn as Mess; .*Mass/) })
})

describeWith(['dciodvfy'], 'dicom3tools', () => {
  test('has nothing to say about a phantom of either view', async () => {
    for (const view of ['PA', 'AP']) {
      const { out } = await phantom('--findings', '', '--view', view)
      expect(await dciodvfyComplaints(out)).toEqual([])
    }
  })
})
