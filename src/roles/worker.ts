import { analyseStudy } from '../analyse/analyse-study.ts'
import { rejectResults } from '../analyse/reject-results.ts'
import { ringForStudiesDue } from '../analyse/ring-for-studies-due.ts'
import { asFailure, Failure } from '../failure.ts'
import { openDecoder } from '../inference/open-decoder.ts'
import { openPainter } from '../inference/open-painter.ts'
import { Resources } from '../lifecycle.ts'
import { modelRules } from './model-settings.ts'
import { nodeIdentity } from './node-identity.ts'
import type { Parts } from './parts.ts'
import { openModels } from './ready-models.ts'
import { routingOf } from './routing.ts'
import { sweep } from './sweep.ts'
import { wishesOf } from './wishes.ts'

const SWEEP_MS = 2000

/** Analyses studies. */
export async function startWorker(parts: Parts): Promise<AsyncDisposable> {
  const { config, db, queue, files, events, checks } = parts
  await using resources = new Resources()
  const { children, timeout: leaseMs, attempts: maximumAttempts } = config.analysis
  const models = await openModels(config, children, resources)
  const [first] = models.values()
  if (!first) throw new Failure('CONFIG_INVALID', 'no model is configured')
  const decoder = resources.use(openDecoder({ children }))
  const deps = {
    ...{ db, queue, files, events, decoder, models, leaseMs, maximumAttempts, policies: config.quality },
    ...{ rules: modelRules(config), model: first.model },
    painter: resources.use(openPainter((failure) => events.sweepFailed('paint-pages', failure))),
    node: nodeIdentity(config),
    pathOf: (instanceId: string) => files.pathOf(instanceId),
    routing: routingOf(config),
    ...wishesOf(config),
    characterSets: new Map(
      config.dicom.peers.flatMap(({ aeTitle, characterSet }) => (characterSet ? [[aeTitle, characterSet]] : [])),
    ),
  }
  const onError = (error: unknown) => events.sweepFailed('analyse', asFailure(error, 'INTERNAL'))
  resources.use(
    await queue.work('analyse-study', ({ studyId }) => analyseStudy(deps, studyId), { concurrency: children, onError }),
  )
  resources.use(
    sweep(events, 'find-studies-due', SWEEP_MS, () => ringForStudiesDue({ db, queue, atOnce: 4 * children })),
  )
  const rejecting = { db, files, events, node: deps.node, ...config.results }
  resources.use(sweep(events, 'reject-results', SWEEP_MS, () => rejectResults(rejecting)))
  checks.model = async () => {
    const opened = [...models.values()].map(({ model }) => model)
    for (const model of opened) {
      const trouble = model.trouble()
      if (trouble) throw trouble
    }
    return opened.map(({ identity }) => `${identity.id} ${identity.version}`).join(', ')
  }
  return resources.move()
}
