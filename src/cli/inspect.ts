import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { parseHeader } from '../dicom/header.ts'
import { decodeFrames } from '../dicom/pixels.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import { Failure } from '../failure.ts'
import { readManifest } from '../inference/installed-models.ts'
import { openDecoder } from '../inference/open-decoder.ts'
import { tensorShape } from '../model/prepare-tensor.ts'
import { modelsFolder } from '../roles/model-settings.ts'
import { configOf } from './config-option.ts'
import { withModel } from './model-option.ts'
import { type Answer, answer } from './output.ts'
import { pixelFacts, rangeOf } from './pixel-facts.ts'

const lines = (facts: Record<string, string | number>) =>
  Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(16)} ${value}`)
    .join('\n')

const nameOf = (uid: string) =>
  Object.entries(TransferSyntax).find(([, each]) => each === uid)?.[0] ?? 'not one of ours'

/** Decodes in this process, which anyone may stop who finds that a file hangs it. */
async function pixels(path: string): Promise<Answer> {
  const part10 = await readFile(path).catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `${path}: there is no such file to read`, { cause })
  })
  const { transferSyntaxUid } = parseHeader(part10)
  const stored = await decodeFrames(part10, { frames: 'all' })
  const { photometric, bitsAllocated, bitsStored } = stored
  const facts = { ...pixelFacts(stored), photometric, bitsAllocated, bitsStored, transferSyntax: transferSyntaxUid }
  const shown = {
    ...facts,
    mean: facts.mean.toFixed(4),
    transferSyntax: `${transferSyntaxUid} ${nameOf(transferSyntaxUid)}`,
  }
  return { text: lines(shown), json: { file: path, ...facts } }
}

/** What the model gets to see. */
async function tensor(config: Config, path: string, out: string | undefined): Promise<Answer> {
  const { id } = config.model
  const manifest = await readManifest(modelsFolder(config), id)
  if (!manifest) throw new Failure('NOT_FOUND', `${id} is not installed; \`mcads model list\` shows what is`)
  const { profile } = manifest.input
  await using decoder = openDecoder({ children: 1 })
  const { tensor: values, crop } = await decoder.prepare(path, manifest.input)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (out !== undefined)
    await writeFile(out, bytes).catch((cause: unknown) => {
      throw new Failure('STORAGE_FAILED', `${out} cannot be written`, { cause })
    })
  const { min, max, mean } = rangeOf(values)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const facts = {
    model: id,
    profile,
    shape: tensorShape(manifest.input).join('x'),
    type: 'float32',
    min,
    max,
    mean,
    sha256,
  }
  const seen = `${crop.rows} x ${crop.columns} from row ${crop.top}, column ${crop.left}`
  return {
    text: lines({ ...facts, crop: seen, ...(out !== undefined && { out }) }),
    json: { file: path, ...facts, crop, out },
  }
}

export function addInspect(program: Command): void {
  const inspect = program.command('inspect').description('look at what the node makes of a file, step by step')
  inspect
    .command('pixels')
    .description('stored values as decoded: shape, type, range, SHA-256')
    .argument('<file>', 'a DICOM file (Part 10)')
    .action((file: string, _options, command: Command) => answer(command, () => pixels(file)))
  inspect
    .command('tensor')
    .description('what a model gets to see, as float32, little-endian, row by row')
    .argument('<file>', 'a DICOM file (Part 10)')
    .option('--model <id>', 'an installed model (else the configured one)')
    .option('--out <file>', 'write it here')
    .action((file: string, { model, out }: { model?: string; out?: string }, command: Command) =>
      answer(command, async () => tensor(withModel(configOf(command), model), file, out)),
    )
}
