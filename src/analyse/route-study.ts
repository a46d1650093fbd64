import { findInstances } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import type { Events } from '../observe/events.ts'
import type { StudyId } from '../study/identifiers.ts'
import { type Routed, type Routing, route } from '../study/routing.ts'

export type RouteDeps = { db: Db; events: Events; routing: Routing }

/** Where the results of a study go; `positives` are the findings at or above their operating point, if it was analysed. */
export async function routeStudy(
  { db, events, routing }: RouteDeps,
  studyId: StudyId,
  positives: readonly string[] | undefined,
): Promise<Routed> {
  const instances = await findInstances(db, studyId)
  const routed = route(routing, {
    callingAeTitles: [...new Set(instances.map(({ callingAeTitle }) => callingAeTitle))],
    calledAeTitles: [...new Set(instances.map(({ calledAeTitle }) => calledAeTitle))],
    positives,
  })
  for (const aeTitle of routed.unknownSenders) events.senderUnknown(aeTitle)
  return routed
}
