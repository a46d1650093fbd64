import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { until } from '../support/recording-scp.ts'
import { settleAccount } from './account.ts'
import { openGround } from './ground.ts'
import { Modality } from './modality.ts'
import { mayMount, readOnlyOver, smallDisk } from './mounts.ts'
import { tell } from './report.ts'

/** `npm run test:chaos` does them all; `npm test` the first. */
const LONG = process.env.CHAOS_ROUNDS !== undefined
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
const STUDIES = LONG ? 8 : 3
const LIMIT_MS = 900_000

/** Nothing more is acknowledged from a moment on, for as long as `forMs`. */
async function untilNothingIsAcknowledged(modality: Modality, forMs: number): Promise<void> {
  for (let before = -1; before !== modality.acknowledged.size; ) {
    before = modality.acknowledged.size
    await sleep(forMs)
  }
}

describeWith(['storescp', 'redis-server'], 'a node in trouble while studies stream in', () => {
  test(
    'whose disk is full acknowledges nothing it cannot keep, and goes on when there is room',
    async () => {
      const folder = await temporaryFolder()
      if (!mayMount(folder)) return tell({ trial: 'full disk', result: 'mounting is not permitted here' })
      const disk = smallDisk(folder, 400)
      const environment = { MCADS_STORAGE__MINIMUM_FREE: '1KB' }
      const ground = await openGround({ storage: join(disk.path, 'state'), environment })
      const modality = new Modality(ground.dicomPort, 2000)
      modality.begin(300, STUDIES)
      await until(() => modality.studies.length > 0, 60_000)
      disk.fill()
      const before = modality.unanswered
      await untilNothingIsAcknowledged(modality, 2000)
      await until(() => modality.unanswered > before + 3, 30_000)
      disk.makeRoom()
      await modality.sent()
      tell({ trial: 'full disk', ...(await settleAccount(ground, [modality])) })
    },
    LIMIT_MS,
  )

  if (LONG) {
    test(
      'whose storage can only be read acknowledges nothing, and goes on when it can be written',
      async () => {
        if (!mayMount(await temporaryFolder()))
          return tell({ trial: 'read-only storage', result: 'not permitted here' })
        const ground = await openGround()
        const modality = new Modality(ground.dicomPort, 3000)
        modality.begin(300, STUDIES)
        await until(() => modality.studies.length > 0, 60_000)
        const back = readOnlyOver(join(ground.directory, 'incoming'))
        const before = modality.unanswered
        await untilNothingIsAcknowledged(modality, 2000)
        await until(() => modality.unanswered > before + 3, 30_000)
        back()
        await modality.sent()
        tell({ trial: 'read-only storage', ...(await settleAccount(ground, [modality])) })
      },
      LIMIT_MS,
    )

    test(
      'whose clock jumps an hour ahead and back, again and again',
      async () => {
        if (!existsSync(FAKETIME)) return tell({ trial: 'clock jumps', result: 'faketime is not installed' })
        const clock = join(await temporaryFolder(), 'clock')
        const set = (hours: number) => writeFileSync(clock, `${hours < 0 ? '' : '+'}${hours * 3600}s`)
        set(0)
        const fake = { FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' }
        const ground = await openGround({ environment: { LD_PRELOAD: FAKETIME, ...fake } })
        const modality = new Modality(ground.dicomPort, 4000)
        modality.begin(1000, STUDIES)
        for (let jump = 0; jump < 12; jump++) {
          set([1, 0, -1, 24, -24, 0][jump % 6] ?? 0)
          await sleep(1500)
        }
        set(0)
        await modality.sent()
        tell({ trial: 'clock jumps', jumps: 12, ...(await settleAccount(ground, [modality])) })
      },
      LIMIT_MS,
    )

    test(
      'whose PACS goes away and comes back every second',
      async () => {
        const ground = await openGround()
        const modality = new Modality(ground.dicomPort, 6000)
        modality.begin(500, STUDIES)
        for (let flap = 0; flap < 15; flap++) {
          await ground.archive.down()
          await sleep(700)
          await ground.archive.up()
          await sleep(400)
        }
        await modality.sent()
        const account = await settleAccount(ground, [modality])
        expect(account.results).toBeGreaterThan(0)
        tell({ trial: 'PACS flaps', flaps: 15, ...account })
      },
      LIMIT_MS,
    )
  }
})
