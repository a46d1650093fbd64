import { expect, onTestFinished, test } from 'vitest'
import { analyseImage } from '../../src/analyse/analyse-image.ts'
import { NO_HISTORY } from '../../src/analyse/history.ts'
import type { ReadyModel } from '../../src/analyse/ready-model.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { Failure } from '../../src/failure.ts'
import { readFileHeader, withFile } from '../../src/files/instance-file.ts'
import { openDecoder } from '../../src/inference/open-decoder.ts'
import { openPainter } from '../../src/inference/open-painter.ts'
import { Resources } from '../../src/lifecycle.ts'
import { nodeIdentity } from '../../src/roles/node-identity.ts'
import { openModels } from '../../src/roles/ready-models.ts'
import { radiographFile } from '../support/push.ts'

type Model = ReadyModel['model']

/** An image of one value, which is begun to be scored before anyone knows that. */
async function analyseConstant(changed: (model: Model) => Partial<Model>) {
  const config = readConfig(undefined, {})
  const resources = new Resources()
  onTestFinished(() => resources[Symbol.asyncDispose]())
  const [ready] = (await openModels(config, 1, resources)).values()
  if (!ready) throw new Error('no model')
  const file = await radiographFile({ Rows: 256, Columns: 256, PixelData: new Uint8Array(2 * 256 * 256).fill(7) })
  const deps = {
    ...{ decoder: resources.use(openDecoder({ children: 1 })), policies: config.quality, node: nodeIdentity(config) },
    ...{ pathOf: async (path: string) => path, wishes: [], messages: [], history: NO_HISTORY },
    painter: resources.use(openPainter((failure) => expect.fail(failure.message))),
  }
  const model = { ...ready.model, ...changed(ready.model) }
  const header = await withFile(file, readFileHeader)
  return analyseImage(deps, { ...ready, model, explanation: 'pli' }, { instanceId: file, header, verdicts: [] })
}

test.each([
  ['has been scored', (model: Model) => ({ run: model.run })],
  ['is still being scored', () => ({ run: () => new Promise<never>(() => {}) })],
  ['cannot be scored', () => ({ run: () => Promise.reject(new Failure('CHILD_DIED', 'as the test has it')) })],
] as const)(
  'an image that its pixels forbid to score is declined where it %s: nothing is known of its score',
  async (_, changed) => {
    const explained: unknown[] = []
    const outcome = await analyseConstant((model) => ({
      ...changed(model),
      gradient: (...given) => {
        explained.push(given)
        return model.gradient(...given)
      },
    }))
    expect(outcome).toEqual({ declined: 'IMAGE_CONSTANT', quality: expect.any(Array) })
    expect(outcome.quality.map(({ check }) => check)).not.toContain('distribution')
    expect(explained).toEqual([])
  },
)
