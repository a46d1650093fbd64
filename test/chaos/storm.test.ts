import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { settleAccount } from './account.ts'
import { DISTURBANCES, drawn, randomOf } from './disturbances.ts'
import { openGround } from './ground.ts'
import { Modality } from './modality.ts'
import { tell } from './report.ts'

/** `npm run test:chaos` sets these. */
const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 3)
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
/** Between a modality's studies: the longer the storm, the more of them wait in the end. */
const PAUSE_MS = ROUNDS > 10 ? 3000 : 1500

describeWith(['storescp', 'redis-server'], 'a node that is disturbed while studies stream in', () => {
  test(
    `${ROUNDS} times at random loses no instance it acknowledged, and every study ends with its results at the PACS once`,
    async () => {
      process.stdout.write(`chaos, CHAOS_SEED=${SEED}\n`)
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
      tell({ rounds: ROUNDS, seed: SEED, seconds, ...Object.fromEntries(times), ...account })
    },
    120_000 + 60_000 * ROUNDS,
  )
})
