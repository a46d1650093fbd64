import { mkdir, open, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { imageDataSet } from '../support/incoming.ts'
import { collect, expectRebuilt, opened, receive } from '../support/instance-store.ts'

test('instances are rebuilt from their files alone, as they were recorded', async () => {
  const { files } = await opened()
  const arrived = await receive(files, imageDataSet())
  const settled = await receive(files, imageDataSet({ sopInstanceUid: '1.2.3.4.6', rows: 7000 }), '1.2.3.4.6')
  await files.settle(settled.id)
  expectRebuilt(await collect(files.arrived(0)), [arrived])
  expect(await collect(files.arrived(60_000))).toEqual([])
})

test('a file of arrived whose data set is not the one that was written goes to quarantine, though it can be read', async () => {
  const unreadable: string[] = []
  const { directory, files, names } = await opened({ unreadable })
  const { id, bytes } = await receive(files, imageDataSet({ rows: 9000 }))
  const file = await open(join(directory, 'arrived', `${id}.dcm`), 'r+')
  await file.write(Buffer.from('lost'), 0, 4, bytes - 1000)
  await file.close()
  expect(await collect(files.arrived(0))).toEqual([])
  expect(unreadable).toEqual([`${id} DATA_SET_UNREADABLE`])
  expect(await names('quarantine')).toHaveLength(2)
})

test('instances that are passed over are not read', async () => {
  const { files } = await opened()
  const [first, second] = [await receive(files, imageDataSet()), await receive(files, imageDataSet())]
  expectRebuilt(await collect(files.arrived(0, (id) => id === first.id)), [second])
})

test('arrived tells how old its instances are', async () => {
  const { directory, files } = await opened()
  expect(await files.arrivedAges()).toEqual([])
  const [old] = [await receive(files, imageDataSet()), await receive(files, imageDataSet())]
  const anHourAgo = new Date(Date.now() - 3_600_000)
  await utimes(join(directory, 'arrived', `${old.id}.dcm`), anHourAgo, anHourAgo)
  await writeFile(join(directory, 'arrived', '.nfs000012'), '')
  const ages = (await files.arrivedAges()).sort((a, b) => a - b)
  expect(ages.map((age) => Math.round(age / 60_000))).toEqual([0, 60])
})

test('what is no instance of ours in arrived stays there and keeps nothing else from being recovered', async () => {
  const unreadable: string[] = []
  const { directory, files, names } = await opened({ unreadable })
  const strays = ['.nfs000012', 'note.txt', 'image.dcm', '../incoming/note.txt']
  for (const name of strays) await writeFile(join(directory, 'arrived', name), 'x')
  const folder = '00000000-0000-4000-8000-000000000000'
  await mkdir(join(directory, 'arrived', `${folder}.dcm`))
  await mkdir(join(directory, 'incoming', 'folder'))
  const old = new Date(0)
  await utimes(join(directory, 'incoming', 'folder'), old, old)
  const instance = await receive(files, imageDataSet())
  expectRebuilt(await collect(files.arrived(0)), [instance])
  expect(unreadable).toEqual([`${folder} FILE_UNREADABLE`])
  expect(await names('quarantine')).toEqual([])
  expect((await names('arrived')).sort()).toEqual(
    ['.nfs000012', `${folder}.dcm`, 'image.dcm', `${instance.id}.dcm`, 'note.txt'].sort(),
  )
  await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
})

test('an instance that another process takes out of arrived meanwhile is no news', async () => {
  const unreadable: string[] = []
  const { directory, files, names } = await opened({ unreadable })
  const uids = ['1.2.3.1', '1.2.3.2', '1.2.3.3', '1.2.3.4']
  const instances = await Promise.all(uids.map((uid) => receive(files, imageDataSet({ sopInstanceUid: uid }), uid)))
  const found: string[] = []
  for await (const { id } of files.arrived(0)) {
    found.push(id)
    for (const other of instances) if (other.id !== id) await rm(join(directory, 'arrived', `${other.id}.dcm`))
  }
  expect(found).toHaveLength(1)
  const gone = instances.find(({ id }) => id !== found[0])?.id ?? ''
  await files.quarantine(gone, new Failure('CONTENT_CONFLICT', 'other content'))
  expect(unreadable).toEqual([])
  expect(await names('quarantine')).toEqual([])
})

test('a file of arrived that became unreadable goes to quarantine and is told', async () => {
  const unreadable: string[] = []
  const { directory, files, names } = await opened({ unreadable })
  const arrived = await receive(files, imageDataSet())
  await truncate(join(directory, 'arrived', `${arrived.id}.dcm`), 600)
  const other = await receive(files, imageDataSet())
  expectRebuilt(await collect(files.arrived(0)), [other])
  expect(unreadable).toEqual([`${arrived.id} DATA_SET_UNREADABLE`])
  expect((await names('quarantine')).sort()).toEqual([`${arrived.id}.dcm`, `${arrived.id}.json`])
})
