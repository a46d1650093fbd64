import { analyseCandidates, type Deps, type ModelOutcome } from '../analyse/analyse-candidates.ts'
import { NO_HISTORY } from '../analyse/history.ts'
import type { Config } from '../config/schema.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import { openDecoder } from '../inference/open-decoder.ts'
import { openPainter } from '../inference/open-painter.ts'
import { Resources } from '../lifecycle.ts'
import { modelRules } from './model-settings.ts'
import { nodeIdentity } from './node-identity.ts'
import { openModels } from './ready-models.ts'

/** The analysis alone, of files: no database, no queue, no network. */
export type Analyser = AsyncDisposable & {
  /** One for each model that the rules choose; declines what the node would decline. @throws Failure */
  analyse(path: string): Promise<ModelOutcome[]>
}

/** @throws Failure MODEL_INVALID, CONFIG_INVALID */
export async function openAnalyser(config: Config): Promise<Analyser> {
  await using resources = new Resources()
  const models = await openModels(config, 1, resources)
  const decoder = resources.use(openDecoder({ children: 1 }))
  const deps: Deps = {
    ...{
      models,
      decoder,
      painter: resources.use(openPainter(() => undefined)),
      rules: modelRules(config),
      policies: config.quality,
      node: nodeIdentity(config),
    },
    ...{ pathOf: async (path: string) => path, wishes: [], messages: [], history: NO_HISTORY, events: UNHEARD },
  }
  const opened = resources.move()
  return {
    async analyse(path) {
      const header = await withFile(path, readFileHeader)
      return analyseCandidates(deps, [{ instanceId: path, header }])
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** What a node would count and log. */
const UNHEARD = { imageJudged() {}, fileUnreadable() {} }
