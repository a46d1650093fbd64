import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { AnalysedImage } from '../analyse/analyse-image.ts'
import type { Config } from '../config/schema.ts'
import { asFailure, Failure } from '../failure.ts'
import { type Analyser, openAnalyser } from '../roles/analyser.ts'
import { DECLINE_REASONS, type DeclineCode } from '../study/decline.ts'
import type { Verdict } from '../study/quality.ts'
import { writeAnalysis } from './analysis-files.ts'
import { configOf } from './config-option.ts'
import { withModel } from './model-option.ts'
import { type Answer, answer } from './output.ts'
import { qualityTable } from './quality-table.ts'
import { caveatLines, findingsTable } from './study-text.ts'

type Options = { model?: string; out: string }
type Outcome = { text: string; json: Record<string, unknown>; failed: boolean }

async function analyse(config: Config, files: readonly string[], out: string): Promise<Answer> {
  await mkdir(out, { recursive: true }).catch((cause: unknown) => {
    throw new Failure('STORAGE_FAILED', `${out} cannot be made`, { cause })
  })
  await using analyser = await openAnalyser(config)
  const outcomes: Outcome[] = []
  for (const file of files)
    outcomes.push(...(await outcomesOf(analyser, file, out).catch((error: unknown) => [fault(file, error)])))
  return {
    text: outcomes.map(({ text }) => text).join('\n\n'),
    json: outcomes.map(({ json }) => json),
    exitCode: outcomes.some(({ failed }) => failed) ? 1 : 0,
  }
}

/** One for each model that sees the file. */
async function outcomesOf(analyser: Analyser, file: string, out: string): Promise<Outcome[]> {
  const analyses = await analyser.analyse(file)
  const outcomes: Outcome[] = []
  const several = analyses.length > 1
  for (const { model, failure, declined, quality, image } of analyses) {
    const about = several && model ? `${file} (${model.id})` : file
    if (failure) outcomes.push(fault(about, failure))
    else if (!image) outcomes.push(declinedOutcome(about, declined, quality))
    else outcomes.push(await analysedOutcome(file, join(out, image.sopInstanceUid), image, several))
  }
  return outcomes
}

/** Where several models see one image, each has a folder of its own within the image's. */
async function analysedOutcome(
  file: string,
  ofImage: string,
  image: AnalysedImage,
  several: boolean,
): Promise<Outcome> {
  const { findings, caveats, quality, modelId, modelVersion, sopInstanceUid, durations, explanation, maps } = image
  const folder = several ? join(ofImage, modelId) : ofImage
  const written = await writeAnalysis(folder, image)
  const mapped = [...maps].map(([label, { rows, columns, empty }]) => ({ label, rows, columns, empty }))
  const about = { file, sopInstanceUid, modelId, modelVersion }
  const facts = { ...about, findings, caveats, quality, explanation, maps: mapped, durations }
  await writeFile(join(folder, 'findings.json'), `${JSON.stringify(facts, null, 2)}\n`)
  const text = [
    `${file}: ${modelId} ${modelVersion}`,
    findingsTable(findings),
    ...caveatLines(caveats),
    qualityTable(quality),
    `${folder}:`,
    ...written.map((name) => `  ${name}`),
  ]
  return { text: text.join('\n'), json: { ...facts, folder, written }, failed: false }
}

function declinedOutcome(file: string, declined: DeclineCode, quality: readonly Verdict[]): Outcome {
  const reason = DECLINE_REASONS[declined]
  const text = [`${file}: declined, ${declined}: ${reason}`, qualityTable(quality)].join('\n')
  return { text, json: { file, declined, reason, quality }, failed: false }
}

/** One file that cannot be analysed is none of the others' fault. */
function fault(file: string, error: unknown): Outcome {
  const { code, message } = asFailure(error, 'INTERNAL')
  return { text: `${file}: ${code}: ${message}`, json: { file, error: { code, message } }, failed: true }
}

export function addAnalyse(program: Command): void {
  program
    .command('analyse')
    .description('the whole analysis of files, without database and network: findings, SR, SC, heat maps')
    .argument('<file...>', 'DICOM files (Part 10), each by itself')
    .requiredOption('--out <dir>', 'a folder for each image is made here, named by its SOP Instance UID')
    .option('--model <id>', 'an installed model (else the configured one)')
    .action((files: string[], { model, out }: Options, command: Command) =>
      answer(command, async () => analyse(withModel(configOf(command), model), files, out)),
    )
}
