import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { repeatGolden } from '../inference/golden-cases.ts'
import { listInstalledModels, readManifest } from '../inference/installed-models.ts'
import { openModel } from '../inference/open-model.ts'
import { calibratedLabels } from '../model/calibration.ts'
import { CATALOGUE } from '../model/catalogue.ts'
import { modelIdentity } from '../model/manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import type { Label } from '../model/score.ts'
import { modelRules, modelsFolder, readCalibration } from '../roles/model-settings.ts'
import { configOf } from './config-option.ts'
import { addModelFit } from './model-fit.ts'
import { addModelImport } from './model-import.ts'
import { parseModelId, withModel } from './model-option.ts'
import { type Answer, answer, table } from './output.ts'

async function list(config: Config): Promise<Answer> {
  const installed = await listInstalledModels(modelsFolder(config))
  const used = new Set(modelRules(config).flatMap(({ models }) => models))
  const here = installed.map(({ id, manifest, ...rest }) => ({
    ...{ id, state: 'fault' in rest ? 'broken' : 'installed', version: manifest?.version ?? '' },
    ...{ name: 'fault' in rest ? rest.fault : (manifest?.name ?? ''), configured: used.has(id) },
  }))
  const others = CATALOGUE.filter(({ id }) => !installed.some((each) => each.id === id)).map(({ id, name }) => ({
    ...{ id, state: 'published', version: '', name, configured: used.has(id) },
  }))
  const models = [...here, ...others]
  const rows = models.map(({ configured, id, state, version, name }) => [
    configured ? '*' : '',
    id,
    state,
    version,
    name,
  ])
  const hint = 'published: `mcads model fetch ID` downloads it, `mcads model import CHECKPOINT --as ID` takes a file'
  return { text: `${table(['', 'model', 'state', 'version', 'name'], rows)}\n${hint}`, json: models }
}

function labelsTable({ labels: published, performance }: Manifest, labels: readonly Label[]): string {
  const rows = labels.map(({ name, operatingPoint, defaultOff, temperature }, at) => [
    name,
    operatingPoint?.toPrecision(4) ?? (published[at]?.trained ? 'none' : 'untrained'),
    operatingPoint === undefined || defaultOff ? 'no' : 'yes',
    temperature?.toPrecision(3) ?? '',
    performance?.auroc[name]?.toFixed(2) ?? '',
    performance?.interval?.[name]?.map((each) => each.toFixed(2)).join(' to ') ?? '',
  ])
  return table(['label', 'operating point', 'in results', 'temperature', 'AUROC', '95 %'], rows)
}

function factsOf({ input, outputs, ...manifest }: Manifest): string[] {
  const { provenance, licence, intendedUse, intended, explanation, sha256, checkpoint, performance } = manifest
  const { layout, channels, size, fit, resampling, profile } = input
  return [
    `licence      ${licence}`,
    `made         ${provenance}`,
    `use          ${intendedUse}`,
    ...(intended?.views ? [`views        ${intended.views.join(', ')}`] : []),
    ...(intended?.ages ? [`ages         ${intended.ages.join(' to ')}`] : []),
    `input        ${size} x ${size} x ${channels} (${layout}), profile ${profile}, ${fit}, ${resampling}`,
    `output       ${outputs.labels}, ${outputs.activation}`,
    `heat maps    ${explanation}${manifest.saliency ? ' (pli is possible)' : ''}`,
    `SHA-256      ${sha256}`,
    ...(checkpoint ? [`imported of  ${checkpoint.file}, ${checkpoint.bytes} bytes, SHA-256 ${checkpoint.sha256}`] : []),
    ...(performance?.testSet ? [`tested on    ${performance.testSet}`] : []),
    ...(performance?.testSeeds ? [`tested on    phantoms ${performance.testSeeds}`] : []),
  ]
}

async function show(config: Config, id: string): Promise<Answer> {
  const manifest = await readManifest(modelsFolder(config), parseModelId(id))
  if (!manifest) throw new Failure('NOT_FOUND', `${id} is not installed; \`mcads model list\` shows what is`)
  const path = config.models.calibrations[id]
  const calibration = path === undefined ? undefined : await readCalibration(path)
  const labels = calibratedLabels(manifest, calibration)
  const { deviceUid } = modelIdentity(manifest, calibration)
  const text = [
    `${manifest.name} ${manifest.version}`,
    `folder       ${join(modelsFolder(config), id)}`,
    ...factsOf(manifest),
    ...(calibration ? [`calibration  ${calibration.version}, SHA-256 ${calibration.hash}`] : []),
    `device UID   ${deviceUid}`,
  ]
  return {
    text: `${text.join('\n')}\n\n${labelsTable(manifest, labels)}`,
    json: { ...manifest, deviceUid, ...(calibration && { calibration, calibratedLabels: labels }) },
  }
}

async function verify(config: Config): Promise<Answer> {
  const directory = join(modelsFolder(config), config.model.id)
  await using model = await openModel({ directory, children: 1 })
  const cases = await repeatGolden(model, directory)
  const rows = cases.map(({ name, difference, ok }) => [ok ? 'ok' : 'FAULT', name, difference.toExponential(1)])
  const ok = cases.every((each) => each.ok)
  const verdict = ok
    ? `${config.model.id} ${model.manifest.version} answers as it did`
    : `${config.model.id} answers otherwise than it did: do not use it on this machine`
  return {
    text: `${table(['', 'input', 'greatest difference of an output'], rows)}\n${verdict}`,
    json: { id: config.model.id, version: model.manifest.version, ok, cases },
    exitCode: ok ? 0 : 1,
  }
}

export function addModel(program: Command): void {
  const model = program.command('model').description('the models: which there are, and import of published ones')
  model
    .command('list')
    .description('installed models and those that can be fetched')
    .action((_options, command: Command) => answer(command, () => list(configOf(command))))
  model
    .command('show')
    .description('what a model is, and how well it does')
    .argument('<id>', 'an installed model')
    .action((id: string, _options, command: Command) => answer(command, async () => show(configOf(command), id)))
  model
    .command('verify')
    .description('whether a model is unaltered and still answers as it did')
    .argument('[id]', 'an installed model (else the configured one)')
    .action((id: string | undefined, _options, command: Command) =>
      answer(command, async () => verify(withModel(configOf(command), id))),
    )
  addModelImport(model)
  addModelFit(model)
}
