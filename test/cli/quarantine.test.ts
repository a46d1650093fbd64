import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { imageDataSet, incoming } from '../support/incoming.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'

async function quarantined(...dataSets: Buffer[]) {
  const directory = await temporaryFolder()
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  for (const dataSet of dataSets) {
    const sink = files.openSink(incoming())
    sink.write(dataSet)
    await sink.finish().catch(() => {})
  }
  const config = await configFile({ storage: { directory } })
  const run = (...args: string[]) => mcads('quarantine', ...args, '--config', config)
  const names = async (folder: string) => readdir(join(directory, folder))
  return { directory, files, run, names }
}

const truncated = imageDataSet().subarray(0, 5000)
const elsewhere = imageDataSet({ sopInstanceUid: '1.9.9' })

test('quarantine list tells what is kept apart and why; show tells more, and where it is; neither tells of the patient', async () => {
  const { run } = await quarantined(truncated, elsewhere)
  const listed = await run('list')
  expect(listed.exitCode).toBe(0)
  expect(listed.stdout).toMatch(/DATA_SET_UNREADABLE +\d{4}-.* 1 +CR1/)
  expect(listed.stdout).toMatch(/SOP_CLASS_MISMATCH/)
  const name = /^([0-9a-f]{12})/m.exec(listed.stdout)?.[1] ?? ''
  const shown = await run('show', name)
  expect(shown.stdout).toContain(`${name}`)
  expect(shown.stdout).toMatch(/path +\/.*\/quarantine\/[0-9a-f]{64}\.dcm/)
  expect(listed.stdout + shown.stdout).not.toContain('SECRET')
  const json = JSON.parse((await run('list', '--json')).stdout)
  expect(json).toHaveLength(2)
})

test('quarantine remove takes one away for good, or all', async () => {
  const { run, names } = await quarantined(truncated, elsewhere)
  const [first] = JSON.parse((await run('list', '--json')).stdout)
  expect((await run('remove', first.name.slice(0, 10))).stdout).toBe('1 removed\n')
  expect(await names('quarantine')).toHaveLength(2)
  expect((await run('remove')).exitCode).toBe(2)
  expect((await run('remove', '--all')).stdout).toBe('1 removed\n')
  expect(await names('quarantine')).toEqual([])
  expect((await run('list')).stdout).toBe('nothing is in quarantine\n')
  expect((await run('show', 'abc')).stderr).toContain('NOT_FOUND')
})

test('quarantine release takes in what can be understood now, and says why it does not take the rest', async () => {
  const { files, run, names } = await quarantined(truncated)
  const sink = files.openSink(incoming())
  sink.write(imageDataSet())
  const { id } = await sink.finish()
  await files.quarantine(id, new Failure('CONTENT_CONFLICT', 'other content'))
  const listed: { name: string; code: string }[] = JSON.parse((await run('list', '--json')).stdout)
  const nameOf = (code: string) => listed.find((each) => each.code === code)?.name ?? ''
  expect((await run('release', nameOf('DATA_SET_UNREADABLE'))).stderr).toContain('DATA_SET_UNREADABLE')
  const released = await run('release', nameOf('CONTENT_CONFLICT'))
  expect(released).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await names('arrived')).toHaveLength(1)
  expect(await names('quarantine')).toHaveLength(2)
})
