import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { startStorescp } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { oweResults } from '../support/owed-results.ts'

vi.setConfig({ testTimeout: 60_000 })

const SC = SopClass.SecondaryCaptureImageStorage
const SR = [SopClass.Comprehensive3dSrStorage, SopClass.ComprehensiveSrStorage, SopClass.EnhancedSrStorage]

/** An association profile of storescp: these presentation contexts and no other, uncompressed. */
const profile = (...classes: string[]) =>
  [
    '[[TransferSyntaxes]]\n[Uncompressed]\nTransferSyntax1 = LittleEndianExplicit\nTransferSyntax2 = LittleEndianImplicit',
    '[[PresentationContexts]]\n[Contexts]',
    ...classes.map((each, at) => `PresentationContext${at + 1} = ${each}\\Uncompressed`),
    '[[Profiles]]\n[Default]\nPresentationContexts = Contexts\n',
  ].join('\n')

/** storescp with these arguments, and a picture and a report delivered to it; how the deliveries stand. */
async function deliver(...args: string[]) {
  const folder = join(await temporaryFolder(), 'pacs')
  await mkdir(folder)
  const pacs = await startStorescp(folder, ...args)
  const destination = { name: 'pacs', aeTitle: 'STORESCP', port: pacs.port, confirm: 'auto' }
  const node = await startTestNode({ roles: ['sender'], destinations: [destination] })
  await oweResults(node, ['pacs'], [SC, SR])
  const [view] = await untilStudies(node.db, 1, {
    done: ({ deliveries }) => deliveries.every(({ dueAt }) => dueAt === null),
  })
  const files = await Promise.all((await pacs.files()).map((file) => readFile(file)))
  return {
    states: view?.deliveries.map(({ state, reasonCode }) => `${state} ${reasonCode}`),
    classes: files.map((file) => parseHeader(file).string('SOPClassUID')).sort(),
  }
}

describeWith(['storescp'], 'storescp', () => {
  test('takes the results and answers neither storage commitment nor queries: unconfirmed, and said why', async () => {
    const { states, classes } = await deliver()
    expect(states).toEqual(['unconfirmed SOP_CLASS_REFUSED', 'unconfirmed SOP_CLASS_REFUSED'])
    expect(classes).toEqual([SC, SR[0]])
  })

  test('that does not know Comprehensive 3D SR gets the Comprehensive SR', async () => {
    const file = join(await temporaryFolder(), 'profile.cfg')
    await writeFile(file, profile('SecondaryCaptureImageStorage', 'ComprehensiveSRStorage', 'EnhancedSRStorage'))
    const { states, classes } = await deliver('-xf', file, 'Default')
    expect(states).toEqual(['unconfirmed SOP_CLASS_REFUSED', 'unconfirmed SOP_CLASS_REFUSED'])
    expect(classes).toEqual([SC, SR[1]])
  })
})
