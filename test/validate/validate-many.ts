import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { complaintsIn } from '../support/complaints.ts'

/** Runs a validator to its end; what it printed on either stream. */
function run(program: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { maxBuffer: 256 * 1024 * 1024 }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
}

/** Complaints by file; files without any are left out. */
export type Complaints = Map<string, string[]>

const MARK = '== '
/** As many paths as a command line surely holds. */
const AT_ONCE = 400

function chunksOf<T>(values: readonly T[]): T[][] {
  const count = Math.ceil(values.length / AT_ONCE)
  return Array.from({ length: count }, (_, i) => values.slice(i * AT_ONCE, (i + 1) * AT_ONCE))
}

/** What was printed for each file, after a line that names it. */
function byFile(output: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  let lines: string[] = []
  for (const line of output.split('\n')) {
    if (line.startsWith(MARK)) {
      lines = []
      found.set(line.slice(MARK.length), lines)
    } else if (line !== '') lines.push(line)
  }
  return found
}

function complaintsOf(paths: readonly string[], output: string, judge: (lines: string[]) => string[]): Complaints {
  const printed = byFile(output)
  const judged = paths.map((path): [string, string[]] => [path, judge(printed.get(path) ?? ['not looked at'])])
  return new Map(judged.filter(([, complaints]) => complaints.length > 0))
}

/** dciodvfy takes one file at a time; one shell for all. */
export async function dciodvfyMany(paths: readonly string[]): Promise<Complaints> {
  const all = new Map<string, string[]>()
  for (const chunk of chunksOf(paths)) {
    const script = `for f; do echo "${MARK}$f"; dciodvfy -new "$f" 2>&1; done; true`
    const { output } = await run('sh', ['-c', script, 'sh', ...chunk])
    for (const [path, complaints] of complaintsOf(chunk, output, complaintsIn)) all.set(path, complaints)
  }
  return all
}

/** DCMTK reads every SR; a word of warning or error is a complaint of the whole run. */
export async function dsrdumpMany(paths: readonly string[]): Promise<string[]> {
  const complaints: string[] = []
  for (const chunk of chunksOf(paths)) {
    const { exitCode, output } = await run('dsrdump', ['-q', '-Ec', ...chunk])
    complaints.push(...(output.match(/^[WEF]: .*/gm) ?? []), ...(exitCode === 0 ? [] : [`exit code ${exitCode}`]))
    const read = output.match(
      /^(Enhanced|Comprehensive|Comprehensive 3D|Basic Text) SR Document|^Key Object Selection/gm,
    )
    if (read?.length !== chunk.length) complaints.push(`${read?.length ?? 0} of ${chunk.length} documents read`)
  }
  return complaints
}

/** Patient, study and series are the same things in all files. */
export async function dcentvfyMany(paths: readonly string[]): Promise<string[]> {
  const { output } = await run('dcentvfy', paths)
  return output.split('\n').filter((line) => line !== '')
}

export const PIXELMED = '/usr/share/java/pixelmed.jar'
/** Two codes are younger than its tables of 2019; all else that it says is what it says of a document without fault. */
const PIXELMED_EXPECTED = [
  /^Found \w+ IOD$/,
  /^Found Root Template TID_\d+ \(\w+\)$/,
  /^Root Template Validation Complete$/,
  /^IOD validation complete$/,
  /\(43468-8,LN,"XR unspecified body region"\) not found in context group 100$/,
  /\(816094009,SCT,"Chest"\) not found in context group 4031$/,
]

/** What Java needs for it: its style sheets are larger than what is allowed today, and too large to be worth optimising. */
export const PIXELMED_OPTIONS: readonly string[] = [
  ...['xpathTotalOpLimit', 'xpathExprGrpLimit', 'xpathExprOpLimit'].map((limit) => `-Djdk.xml.${limit}=0`),
  ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', PIXELMED],
]

/** PixelMed's validator of SR templates, in one virtual machine for all files. */
export async function pixelmedMany(paths: readonly string[]): Promise<Complaints> {
  const program = join(import.meta.dirname, 'ValidateMany.java')
  const { output } = await run('java', [...PIXELMED_OPTIONS, program, ...paths])
  return complaintsOf(paths, output, (lines) => {
    const complaints = lines.filter((line) => !PIXELMED_EXPECTED.some((expected) => expected.test(line)))
    return lines.at(-1) === 'IOD validation complete' ? complaints : [...complaints, 'the validation did not end']
  })
}
