import { buildMessages, type MessageWish } from '../hl7/build-messages.ts'
import type { Painter } from '../inference/open-painter.ts'
import { buildResults } from '../report/build-results.ts'
import type { Pages } from '../report/render-pages.ts'
import type { ResultInput } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import type { ResultWish } from '../study/result-object.ts'
import type { History } from './history.ts'

export type BuildDeps = {
  /** What each destination asks for; the usual when there is none. */
  wishes: readonly ResultWish[]
  /** The messages that destinations ask for. */
  messages: readonly MessageWish[]
  history: History
  painter: Pick<Painter, 'render'>
}

/**
 * Everything that goes to destinations for one analysed radiograph. The same run again has the same UIDs, so makes no
 * second result. But one that was superseded since, and may have been rejected at its destinations, cannot come back
 * under its old UIDs: it is made anew, with a hash that counts the returns.
 * @throws Failure RESULT_INVALID
 */
export async function buildRun(deps: BuildDeps, input: ResultInput): Promise<ResultInstance[]> {
  const pages = deps.painter.render(input)
  // Waited for when they are needed.
  pages.catch(() => undefined)
  const current = await deps.history.currentReports(input.model.id)
  for (let returns = 0; ; returns++) {
    const configHash = returns === 0 ? input.configHash : `${input.configHash} ${returns}`
    const built = await build(deps, { ...input, configHash, replaces: current }, pages)
    const own = built.map(({ sopInstanceUid }) => sopInstanceUid)
    if (await deps.history.wasSuperseded(own)) continue
    const replaces = current.filter(({ sopInstanceUid }) => !own.includes(sopInstanceUid))
    return replaces.length === current.length ? built : build(deps, { ...input, configHash, replaces }, pages)
  }
}

async function build(
  { wishes, messages }: BuildDeps,
  input: ResultInput,
  pages: Promise<Pages>,
): Promise<ResultInstance[]> {
  const { instances } = await buildResults(input, wishes, pages)
  return [...instances, ...buildMessages(input, messages)]
}
