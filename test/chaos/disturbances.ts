import { setTimeout as sleep } from 'node:timers/promises'
import type { Ground } from './ground.ts'

type Disturb = (ground: Ground, downMs: number) => Promise<unknown>

const killRole =
  (name: keyof Ground['roles']): Disturb =>
  async ({ roles }, downMs) => {
    await roles[name].kill()
    await sleep(downMs)
    await roles[name].start()
  }

/** What may happen to a node at any moment, and ends by itself. */
export const DISTURBANCES: Readonly<Record<string, Disturb>> = {
  'receiver killed': killRole('receiver'),
  'worker killed': killRole('worker'),
  'sender killed': killRole('sender'),
  async 'all roles killed'({ roles }, downMs) {
    await Promise.all(Object.values(roles).map((role) => role.kill()))
    await sleep(downMs)
    await Promise.all(Object.values(roles).map((role) => role.start()))
  },
  async 'PostgreSQL killed'(ground, downMs) {
    await ground.killPostgres()
    await sleep(downMs)
    await ground.startPostgres()
  },
  async 'PostgreSQL restarted'(ground) {
    await ground.stopPostgres()
    await ground.startPostgres()
  },
  async 'Redis killed'({ redis }, downMs) {
    await redis.kill()
    await sleep(downMs)
    await redis.start()
  },
  'Redis emptied (FLUSHALL)': ({ redis }) => redis.flush(),
  async 'PACS away'({ archive }, downMs) {
    await archive.down()
    await sleep(downMs)
    await archive.up()
  },
}

/** Repeatable: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `count` names, each as often as any other, in no order. */
export function drawn(count: number, random: () => number): string[] {
  const names: string[] = []
  while (names.length < count) {
    const hat = Object.keys(DISTURBANCES)
    while (hat.length > 0) names.push(...hat.splice(Math.floor(random() * hat.length), 1))
  }
  return names.slice(0, count)
}
