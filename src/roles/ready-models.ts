import type { ReadyModel } from '../analyse/ready-model.ts'
import type { Config } from '../config/schema.ts'
import { openModel } from '../inference/open-model.ts'
import type { Resources } from '../lifecycle.ts'
import { readModelSettings } from './model-settings.ts'

/** Opens every model that the rules name, in their order; `resources` closes them. @throws Failure MODEL_INVALID, CONFIG_INVALID */
export async function openModels(
  config: Config,
  children: number,
  resources: Resources,
): Promise<ReadonlyMap<string, ReadyModel>> {
  const ready = new Map<string, ReadyModel>()
  for (const { id, directory, calibration, explanation, codes, configHash } of await readModelSettings(config)) {
    const model = resources.use(await openModel({ directory, calibration, children }))
    ready.set(id, { model, explanation, codes, configHash })
  }
  return ready
}
