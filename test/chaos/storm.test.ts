import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { settleAccount } from './account.ts'
import { DISTURBANCES, drawn, randomOf } from './disturbances.ts'
import { openGround } from './ground.ts'
import { Modality } from './modality.ts'

/** `npm run test:chaos` sets these. */
const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 4)
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
const REPORT = process.env.CHAOS_REPORT
/** Between a modality's studies: the longer the storm, the more of them wait in the end. */
const PAUSE_MS = ROUNDS > 10 ? 3000 : 400

const report: Record<string, unknown>[] = []
afterAll(async () => {
  const text = report.map((each) => JSON.stringify(each)).join('\n')
  process.stdout.write(`chaos, seed ${SEED}\n${text}\n`)
  if (REPORT) await writeFile(REPORT, `${text}\n`)
})

describeWith(['storescp', 'redis-server'], 'a node that is disturbed while studies stream in', () => {
  test(
    `${ROUNDS} times at random loses no instance it acknowledged, and every study ends with its results at the PACS once`,
    async () => {
      const random = randomOf(SEED)
      const ground = await openGround()
      const modalities = [new Modality(ground.dicomPort, 1000), new Modality(ground.dicomPort, 5000)]
      for (const modality of modalities) modality.begin(PAUSE_MS)
      const names = drawn(ROUNDS, random)
      const began = performance.now()
      for (const name of names) {
        await sleep(random() * 1500)
        await DISTURBANCES[name]?.(ground, random() * 1500)
      }
      const disturbedMs = performance.now() - began
      await Promise.all(modalities.map((each) => each.stop()))
      const account = await settleAccount(ground, modalities)
      const times = Object.keys(DISTURBANCES).map((name) => [name, names.filter((each) => each === name).length])
      const seconds = Math.round(disturbedMs / 1000)
      report.push({ rounds: ROUNDS, seconds, ...Object.fromEntries(times), ...account })
    },
    120_000 + 60_000 * ROUNDS,
  )
})
