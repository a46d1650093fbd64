import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { freePort } from '../support/dcmtk.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { openPacs } from '../support/pacs.ts'
import { dxFile } from '../support/push.ts'

const configFor = (port: number) =>
  configFile({ destinations: [{ name: 'pacs', aeTitle: 'PACS', host: '127.0.0.1', port }] })
const to = (port: number) => ['--to', `127.0.0.1:${port}`, '--called', 'PACS']

test('mcads echo tells how long the destination took to answer', async () => {
  const config = await configFor((await openPacs()).port)
  expect(await mcads('echo', 'pacs', '--config', config)).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/^pacs answered in \d+\.\d ms\n$/),
    stderr: '',
  })
  const { stdout } = await mcads('echo', 'pacs', '--config', config, '--json')
  expect(JSON.parse(stdout)).toEqual({ destination: 'pacs', roundTripMs: expect.any(Number) })
})

test('mcads echo to a destination that cannot be reached fails with where it looked: exit code 1', async () => {
  const port = await freePort()
  const { exitCode, stdout, stderr } = await mcads('echo', 'pacs', '--config', await configFor(port))
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toContain(`PEER_UNREACHABLE: PACS at 127.0.0.1:${port}`)
})

test('mcads echo to a destination that is not configured says which are: exit code 2', async () => {
  const { exitCode, stderr } = await mcads('echo', 'archive', '--config', await configFor(104))
  expect(exitCode).toBe(2)
  expect(stderr).toContain('no destination is named archive; there is: pacs')
})

test('mcads send stores files and tells the status of each', async () => {
  const pacs = await openPacs()
  const files = [await dxFile(), await dxFile({ SOPInstanceUID: '1.2.3.4.2' })]
  const { exitCode, stdout } = await mcads('send', ...files, ...to(pacs.port))
  expect(exitCode).toBe(0)
  expect(stdout).toBe(files.map((file) => `${file}: 0000H Success\n`).join(''))
  expect([...pacs.taken.keys()]).toEqual(['1.2.3.4', '1.2.3.4.2'])
})

test('mcads send --json is one line with an entry for each file; exit code 1 when one was not stored', async () => {
  const pacs = await openPacs({
    onStore(_, before) {
      if (before === 1) throw new Failure('DISK_FULL', 'no space left')
    },
  })
  const files = [await dxFile(), await dxFile({ SOPInstanceUID: '1.2.3.4.2' })]
  const { exitCode, stdout } = await mcads('send', ...files, ...to(pacs.port), '--json')
  expect(exitCode).toBe(1)
  expect(stdout.match(/\n/g)).toHaveLength(1)
  expect(JSON.parse(stdout)).toEqual([
    { file: files[0], sopInstanceUid: '1.2.3.4', status: '0000H Success', ok: true },
    { file: files[1], sopInstanceUid: '1.2.3.4.2', status: 'A700H Refused: out of resources', ok: false },
  ])
})

test('mcads send to a closed port fails with the reason for every file: exit code 1', async () => {
  const port = await freePort()
  const file = await dxFile()
  const { exitCode, stdout } = await mcads('send', file, ...to(port))
  expect(exitCode).toBe(1)
  expect(stdout).toContain(`${file}: PEER_UNREACHABLE: PACS at 127.0.0.1:${port}`)
})

test('mcads send names the file that is none of DICOM, or not there, and sends nothing', async () => {
  const pacs = await openPacs()
  const folder = await temporaryFolder()
  const text = join(folder, 'readme.txt')
  await writeFile(text, 'not DICOM')
  await mkdir(join(folder, 'folder'))
  const good = await dxFile()
  for (const [path, code] of [
    [text, 'DATA_SET_UNREADABLE'],
    [join(folder, 'nowhere.dcm'), 'FILE_UNREADABLE'],
    [join(folder, 'folder'), 'FILE_UNREADABLE'],
  ] as const) {
    const { exitCode, stdout, stderr } = await mcads('send', good, path, ...to(pacs.port))
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain(`${code}: ${path}: `)
  }
  expect(pacs.offered).toEqual([])
})
