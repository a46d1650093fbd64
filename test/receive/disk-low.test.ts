import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listStudies } from '../../src/db/study-view.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { dxFile, push } from '../support/push.ts'
import { until } from '../support/recording-scp.ts'

const MORE_THAN_THERE_IS = { MCADS_STORAGE__MINIMUM_FREE: '900000TB' }

test('with less than storage.minimumFree free a new association is rejected transient', async () => {
  const { dicomPort, node } = await startTestNode({ roles: ['receiver'], environment: MORE_THAN_THERE_IS })
  expect(await push(dicomPort, await dxFile())).toEqual(['ASSOCIATION_REJECTED_TRANSIENT'])
  const ready = await fetch(`http://127.0.0.1:${node.httpPort}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toMatchObject({
    checks: { disk: { ok: false, words: expect.stringContaining('less than storage.minimumFree: make room') } },
  })
})

test('below storage.lowFree new associations are rejected; storage.minimumFree is another matter, and the metrics say how things stand', async () => {
  const { dicomPort, node } = await startTestNode({
    roles: ['receiver'],
    environment: { MCADS_STORAGE__LOW_FREE: '900000TB' },
  })
  expect(await push(dicomPort, await dxFile())).toEqual(['ASSOCIATION_REJECTED_TRANSIENT'])
  const base = `http://127.0.0.1:${node.httpPort}`
  expect(await (await fetch(`${base}/readyz`)).json()).toMatchObject({ checks: { disk: { ok: true } } })
  const metrics = await (await fetch(`${base}/metrics`)).text()
  expect(metrics).toMatch(/^mcads_storage_free_bytes [1-9]/m)
  expect(metrics).toMatch(/^mcads_storage_seconds_to_full (\+Inf|Inf|[0-9])/m)
  expect(metrics).toMatch(/^mcads_quarantine_files 0$/m)
})

test('when room is made associations are accepted again', async () => {
  let free = 0
  const { dicomPort, db } = await startTestNode({
    roles: ['receiver'],
    overrides: ({ files }) => ({ files: { ...files, freeBytes: async () => free } }),
  })
  const file = await dxFile()
  expect(await push(dicomPort, file)).toEqual(['ASSOCIATION_REJECTED_TRANSIENT'])
  free = 1e12
  await until(async () => (await push(dicomPort, file)).join() === '0000H', 30_000)
  await untilStudies(db, 1, { done: ({ study }) => study.state === 'complete' })
})

test('when the disk runs low inside an association C-STORE is answered A700H and leaves nothing behind', async () => {
  const { dicomPort, db, directory } = await startTestNode({
    roles: ['receiver'],
    environment: MORE_THAN_THERE_IS,
    // Free when the association was accepted.
    overrides: ({ files }) => ({ files: { ...files, freeBytes: async () => 1e19 } }),
  })
  const files = [await dxFile(), await dxFile({ SOPInstanceUID: '1.2.3.4.2' })]
  expect(await push(dicomPort, ...files)).toEqual(['A700H', 'A700H'])
  await sleep(200)
  for (const folder of ['incoming', 'arrived', 'quarantine']) expect(await readdir(join(directory, folder))).toEqual([])
  expect(await listStudies(db, { limit: 9 })).toEqual([])
})
