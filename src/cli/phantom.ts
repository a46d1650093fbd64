import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Command, Option } from 'commander'
import { Failure } from '../failure.ts'
import { drawPhantom, type PhantomOptions } from '../model/phantom.ts'
import { PHANTOM_LABELS, type PhantomLabel } from '../model/phantom-findings.ts'
import { buildDemoInstance } from './demo-study.ts'
import { type Answer, answer } from './output.ts'

type Options = Pick<PhantomOptions, 'view' | 'photometric'> & { seed: string; findings?: string; out: string }

function parseFindings(text: string): PhantomLabel[] {
  return text
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const label = PHANTOM_LABELS.find((each) => each === name)
      if (label) return label
      throw new Failure('USAGE', `no finding can be drawn as ${name}; there is: ${PHANTOM_LABELS.join(', ')}`)
    })
}

async function writePhantom({ seed, findings, out, view, photometric }: Options): Promise<Answer> {
  if (!/^\d{1,9}$/.test(seed)) throw new Failure('USAGE', '--seed is a whole number')
  const phantom = drawPhantom({
    seed: Number(seed),
    ...(findings !== undefined && { findings: parseFindings(findings) }),
    ...(view && { view }),
    ...(photometric && { photometric }),
  })
  try {
    await mkdir(dirname(out), { recursive: true })
    await writeFile(out, buildDemoInstance(phantom))
  } catch (cause) {
    throw new Failure('STORAGE_FAILED', `${out} cannot be written`, { cause })
  }
  const { rows, columns, findings: drawn } = phantom
  const labels = drawn.map(({ label }) => label)
  const about = `${rows} x ${columns}, ${phantom.photometric}, ${phantom.view}`
  return {
    text: `${out}: ${about}, ${labels.length > 0 ? `drawn: ${labels.join(', ')}` : 'nothing drawn'}`,
    json: { file: out, rows, columns, photometric: phantom.photometric, view: phantom.view, findings: drawn },
  }
}

export function addPhantom(program: Command): void {
  program
    .command('phantom')
    .description('write a simulated chest radiograph with known findings, as a DX instance: for acceptance and trials')
    .requiredOption('--out <file>', 'write it here')
    .option('--seed <number>', 'which one', '2026')
    .option('--findings <names>', 'what to draw, with commas between (empty: nothing; left out: the seed decides)')
    .addOption(new Option('--view <view>', 'left out: the seed decides').choices(['PA', 'AP']))
    .addOption(
      new Option('--photometric <interpretation>', 'left out: the seed decides').choices([
        'MONOCHROME1',
        'MONOCHROME2',
      ]),
    )
    .action((options: Options, command: Command) => answer(command, () => writePhantom(options)))
}
