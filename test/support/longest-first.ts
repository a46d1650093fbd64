import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes half a minute and more, longest first: begun last, one worker would go on alone with it. */
const LONGEST = [
  ...['chaos/kill', 'analyse/analyse-study', 'report/matrix', 'peers/corpus', 'model/torch-equality'],
  ...['analyse/one-model-fails', 'peers/main-job', 'peers/hostile', 'deliver/dicomweb', 'analyse/revision'],
  ...['deliver/deliver-result', 'cli/serve', 'deliver/outage', 'cli/doctor', 'chaos/storm', 'chaos/trials'],
  ...['deliver/peers-that-misbehave', 'deliver/hl7', 'inference/open-decoder', 'cli/demo', 'cli/third-party'],
]

/** The longest files first, the others as vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(relative('test', moduleId).replace(/\.test\.ts$/, ''))
      return at === -1 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}
