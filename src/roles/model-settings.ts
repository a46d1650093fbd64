import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ModelRule } from '../analyse/choose-models.ts'
import type { Config } from '../config/schema.ts'
import { asFailure, Failure } from '../failure.ts'
import { readManifest } from '../inference/installed-models.ts'
import { type Calibration, calibratedLabels, parseCalibration } from '../model/calibration.ts'
import { explanationFault, type Manifest } from '../model/manifest-schema.ts'
import type { ExplanationMethod } from '../study/explanation.ts'
import type { FindingCodes } from '../study/finding.ts'
import { readFindingCodes } from './finding-codes.ts'

// The same distance from src/roles and from dist/roles.
const OWN_MODELS = fileURLToPath(new URL('../../models/', import.meta.url))

/** Where the models' folders are. */
export const modelsFolder = ({ model }: Config): string => model.directory ?? OWN_MODELS

/** Which models see which images: `model.id` all, where there are no rules. */
export const modelRules = ({ model, models }: Config): readonly ModelRule[] =>
  models.rules.length > 0 ? models.rules : [{ models: [model.id] }]

/** One of the configured models, with what the site has settled for it. */
export type ModelSettings = {
  readonly id: string
  readonly directory: string
  readonly manifest: Manifest
  readonly calibration: Calibration | undefined
  readonly explanation: ExplanationMethod
  readonly codes: FindingCodes
  readonly configHash: string
}

export async function readCalibration(path: string): Promise<Calibration> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Failure('CONFIG_INVALID', `the calibration ${path} cannot be read: ${cause.code}`, { cause })
  })
  return parseCalibration(text, path)
}

/** With a database of its own the node is taken for production: a model that knows simulated radiographs only must be allowed. */
function refuseDemonstration({ database, model }: Config, id: string): void {
  if (database.url === undefined || model.allowDemonstration) return
  throw new Failure(
    'MODEL_INVALID',
    `model ${id} knows simulated radiographs only and database.url is set: ` +
      'configure another model, or set model.allowDemonstration: true to try the node with it',
  )
}

async function settingsOf(config: Config, id: string): Promise<ModelSettings> {
  const folder = modelsFolder(config)
  const manifest = await readManifest(folder, id)
  if (!manifest) throw new Failure('MODEL_INVALID', `there is no model ${id} in ${folder}`)
  if (manifest.id !== id) throw new Failure('MODEL_INVALID', `the folder ${id} holds the model ${manifest.id}`)
  if (manifest.demonstration) refuseDemonstration(config, id)
  const { calibrations, explanations } = config.models
  const path = calibrations[id]
  const calibration = path === undefined ? undefined : await readCalibration(path)
  const labels = calibratedLabels(manifest, calibration)
  const explanation = explanations[id] ?? manifest.explanation
  const fault = explanationFault(explanation, manifest)
  if (fault) throw new Failure('CONFIG_INVALID', `models.explanations.${id}: ${fault}`)
  const settled = await readFindingCodes(config, { ...manifest, labels }, explanation)
  return { id, directory: join(folder, id), manifest, calibration, explanation, ...settled }
}

/**
 * Every model that the rules name, in their order, as far as its files but not its network tell.
 * @throws Failure MODEL_INVALID, CONFIG_INVALID naming what is wrong with all of them
 */
export async function readModelSettings(config: Config): Promise<ModelSettings[]> {
  const settings: ModelSettings[] = []
  const failures: Failure[] = []
  for (const id of new Set(modelRules(config).flatMap(({ models }) => models)))
    await settingsOf(config, id).then(
      (each) => settings.push(each),
      (error: unknown) => failures.push(asFailure(error, 'MODEL_INVALID')),
    )
  const [first, ...others] = failures
  if (!first) return settings
  throw others.length === 0 ? first : new Failure(first.code, failures.map(({ message }) => message).join('; '))
}
