import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { download } from '../files/download.ts'
import { type Imported, importModel } from '../inference/import-model.ts'
import { type ImportedOnnx, importOnnx } from '../inference/import-onnx.ts'
import { readManifest } from '../inference/installed-models.ts'
import { LARGEST_WEIGHTS } from '../inference/model-folder.ts'
import { type CatalogueEntry, RELEASE_URL } from '../model/catalogue.ts'
import { auditAction } from '../roles/console-audit.ts'
import { modelsFolder } from '../roles/model-settings.ts'
import { configOf } from './config-option.ts'
import { publishedModel } from './model-option.ts'
import { type Answer, answer } from './output.ts'
import { progressBar } from './progress-bar.ts'

type ImportFlags = { replace?: boolean; sha256?: string }
type FetchFlags = ImportFlags & { from: string; limit: string }

function parseSum(sha256: string | undefined): string | undefined {
  if (sha256 === undefined || /^[0-9a-f]{64}$/i.test(sha256)) return sha256?.toLowerCase()
  throw new Failure('USAGE', '--sha256 is 64 hexadecimal digits')
}

function imported({ directory, manifest, architecture, format }: Imported, startedAt: number): Answer {
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10
  const text = [
    `${manifest.id} ${manifest.version} is imported: ${directory}`,
    `checkpoint   ${manifest.checkpoint?.file} (${format}), SHA-256 ${manifest.checkpoint?.sha256}`,
    `network      ${architecture.family} ${architecture.blocks.join('-')}, ${architecture.outputs} outputs`,
    `model.onnx   SHA-256 ${manifest.sha256}, checked whenever the model is opened`,
    `took         ${seconds} s`,
    `to use it    model.id: ${manifest.id} in the configuration; read ${join(directory, 'CARD.md')} first`,
  ]
  return { text: text.join('\n'), json: { directory, manifest, architecture, format, seconds } }
}

async function importFile(config: Config, path: string, entry: CatalogueEntry, flags: ImportFlags): Promise<Answer> {
  const startedAt = Date.now()
  const folder = modelsFolder(config)
  const options = { path, folder, entry, replace: flags.replace === true, sha256: parseSum(flags.sha256) }
  const subject = entry.id
  return imported(
    await auditAction(config, { command: 'model import', subject }, () => importModel(options)),
    startedAt,
  )
}

function onnxImported({ directory, manifest, withoutSaliency }: ImportedOnnx): Answer {
  const { id, version, explanation, sha256 } = manifest
  const text = [
    `${id} ${version} is installed: ${directory}`,
    `model.onnx   SHA-256 ${sha256}, checked whenever the model is opened`,
    `heat maps    ${explanation}`,
    `PLI          ${withoutSaliency === undefined ? 'possible' : `not possible: ${withoutSaliency}`}`,
    `to use it    model.id: ${id} in the configuration; read ${join(directory, 'CARD.md')} first`,
  ]
  return { text: text.join('\n'), json: { directory, manifest, withoutSaliency } }
}

type FileFlags = ImportFlags & { as?: string; manifest?: string }

async function importAny(config: Config, path: string, flags: FileFlags): Promise<Answer> {
  if (flags.as !== undefined && flags.manifest === undefined)
    return importFile(config, path, publishedModel(flags.as), flags)
  if (flags.manifest === undefined || flags.as !== undefined)
    throw new Failure('USAGE', '--as ID for a published checkpoint, or --manifest FILE for an ONNX model')
  const options = { path, manifestPath: flags.manifest, folder: modelsFolder(config), replace: flags.replace === true }
  const action = { command: 'model import', subject: basename(path) }
  const asked = { ...options, sha256: parseSum(flags.sha256) }
  return onnxImported(await auditAction(config, action, () => importOnnx(asked)))
}

function addressOf(from: string, { file }: CatalogueEntry): URL {
  const base = URL.canParse(from) ? new URL(from.endsWith('/') ? from : `${from}/`) : undefined
  if (base && /^https?:$/.test(base.protocol)) return new URL(file, base)
  throw new Failure('USAGE', '--from is the address of a folder, https://…/')
}

async function fetchModel(config: Config, id: string, flags: FetchFlags): Promise<Answer> {
  const entry = publishedModel(id)
  const url = addressOf(flags.from, entry)
  if (!/^[1-9]\d{0,4}$/.test(flags.limit)) throw new Failure('USAGE', '--limit is a number of megabytes')
  parseSum(flags.sha256)
  const folder = modelsFolder(config)
  if (!flags.replace && (await readManifest(folder, id)))
    throw new Failure('USAGE', `${id} is imported already; --replace fetches and imports it anew`)
  const downloads = join(folder, '.downloads')
  await mkdir(downloads, { recursive: true }).catch((cause: unknown) => {
    throw new Failure('STORAGE_FAILED', `${downloads} cannot be made`, { cause })
  })
  const path = join(downloads, entry.file)
  const maximumBytes = Math.min(LARGEST_WEIGHTS, Number(flags.limit) * 1e6)
  const bar = progressBar()
  await download({ url, path, maximumBytes, onProgress: bar.show }).finally(bar.end)
  return importFile(config, path, entry, flags).finally(() => rm(path, { force: true }))
}

const withImportFlags = (command: Command): Command =>
  command
    .option('--sha256 <sum>', 'refuse a checkpoint with another SHA-256')
    .option('--replace', 'put it in the place of the one that is there')

export function addModelImport(model: Command): void {
  withImportFlags(model.command('import'))
    .description('make a model of a PyTorch checkpoint (TorchXRayVision), or install an ONNX model')
    .argument('<file>', 'the .pt file, as published, or the .onnx file')
    .option('--as <id>', 'which published model it is')
    .option('--manifest <file>', 'what describes the ONNX model: models/manifest.schema.json says how')
    .action((path: string, flags: FileFlags, command: Command) =>
      answer(command, async () => importAny(configOf(command), path, flags)),
    )
  withImportFlags(model.command('fetch'))
    .description('download a published checkpoint and import it')
    .argument('<id>', 'which published model')
    .option('--from <url>', 'where the release lies', RELEASE_URL)
    .option('--limit <megabytes>', 'refuse a larger file', String(LARGEST_WEIGHTS / 1e6))
    .action((id: string, flags: FetchFlags, command: Command) =>
      answer(command, () => fetchModel(configOf(command), id, flags)),
    )
}
