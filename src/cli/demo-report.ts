import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '../db/schema.ts'
import type { StudyView } from '../db/study-view.ts'
import { readableSr } from '../report/sr-text.ts'
import { capturePng } from './capture-png.ts'
import type { Answer } from './output.ts'
import { studyText } from './study-text.ts'

type Shown = { text: string; files: string[] }

/** A Secondary Capture as PNG beside it. */
async function writePng(file: string): Promise<string> {
  const picture = await capturePng(await readFile(file))
  if (!picture) return file
  const png = file.replace(/dcm$/, 'png')
  await writeFile(png, picture)
  return png
}

async function showResult({ kind, label, sopInstanceUid }: Result, out: string): Promise<Shown> {
  const file = join(out, `${sopInstanceUid}.dcm`)
  if (kind === 'SR') return { text: `SR         ${file}`, files: [file] }
  const png = await writePng(file)
  return { text: `SC         ${label ?? 'summary'}\n           ${file}\n           ${png}`, files: [file, png] }
}

async function reports(results: readonly Result[], out: string): Promise<string[]> {
  const documents = results.filter(({ kind, alternativeOf }) => kind === 'SR' && !alternativeOf)
  return Promise.all(
    documents.map(async ({ sopInstanceUid }) => readableSr(await readFile(join(out, `${sopInstanceUid}.dcm`)))),
  )
}

async function showView(view: StudyView, out: string): Promise<Shown> {
  const sent = view.results.filter(({ alternativeOf }) => !alternativeOf)
  const shown = await Promise.all(sent.map((result) => showResult(result, out)))
  const text = [studyText(view), ...(await reports(view.results, out)), shown.map((each) => each.text).join('\n')]
  return { text: text.join('\n\n'), files: shown.flatMap(({ files }) => files) }
}

/** What the test PACS holds of every study, for people and programs. Fails when a result did not arrive. */
export async function demoReport(views: readonly StudyView[], out: string): Promise<Answer> {
  const shown = await Promise.all(views.map((view) => showView(view, out)))
  const refused = views.some(({ deliveries }) => deliveries.some(({ state }) => state !== 'confirmed'))
  const failed = views.some(({ study }) => study.state === 'failed')
  return {
    text: shown.map(({ text }) => text).join('\n\n') || 'the node took none of the instances',
    json: views.map((view, at) => ({ ...view, files: shown[at]?.files })),
    exitCode: views.length > 0 && !refused && !failed ? 0 : 1,
  }
}
