import { claimTaken, stopAsking } from '../db/delivery-confirm.ts'
import type { Db } from '../db/schema.ts'
import type { Events } from '../observe/events.ts'
import type { Courier } from './courier.ts'
import { type Learned, settleTaken, type TakenSettings } from './settle-taken.ts'

export type Deps = { db: Db; events: Events; settings: TakenSettings }

/** Instances in one question. */
const AT_ONCE = 500

/** Asks a destination whether it has what it took, where that is due. How much was asked for. */
export async function confirmDeliveries(
  { db, events, settings }: Deps,
  destination: string,
  courier: Courier,
): Promise<number> {
  if (!courier.confirm) {
    await stopAsking(db, destination)
    return 0
  }
  const taken = await claimTaken(db, destination, AT_ONCE, 4 * courier.patienceMs + 5000)
  if (taken.length === 0) return 0
  const answers = await courier.confirm(taken)
  const learned: Learned[] = []
  for (const each of taken) {
    const answer = answers.get(each.deliveryId)
    if (answer) learned.push(await settleTaken(db, each, answer, settings))
  }
  tellLearned(events, destination, learned)
  return taken.length
}

/** One event for each way it went. */
export function tellLearned(events: Events, destination: string, learned: readonly Learned[]): void {
  for (const way of ['confirmed', 'unconfirmed', 'lost', 'refused'] as const) {
    const count = learned.filter((each) => each === way).length
    if (count > 0) events.deliveriesSettled(destination, way, count)
  }
}
