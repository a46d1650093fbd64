import { type AnalyseImageDeps, analyseImage, type ImageAnalysis } from '../analyse/analyse-image.ts'
import { selectImages } from '../analyse/select-images.ts'
import type { Config } from '../config/schema.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import { openDecoder } from '../inference/open-decoder.ts'
import { openModel } from '../inference/open-model.ts'
import { Resources } from '../lifecycle.ts'
import { readFindingCodes } from './finding-codes.ts'
import { modelDirectory } from './model-directory.ts'
import { nodeIdentity } from './node-identity.ts'

/** The analysis alone, of files: no database, no queue, no network. */
export type Analyser = AsyncDisposable & {
  /** Declines what the node would decline. @throws Failure */
  analyse(path: string): Promise<ImageAnalysis>
}

export async function openAnalyser(config: Config): Promise<Analyser> {
  await using resources = new Resources()
  const model = resources.use(await openModel({ directory: modelDirectory(config), children: 1 }))
  const decoder = resources.use(openDecoder({ children: 1 }))
  const policies = config.quality
  const deps: AnalyseImageDeps = {
    ...{ model, decoder, policies, node: nodeIdentity(config), pathOf: async (path: string) => path },
    ...{ wishes: [], messages: [] },
    ...(await readFindingCodes(config, model.manifest)),
  }
  const opened = resources.move()
  return {
    async analyse(path) {
      const header = await withFile(path, readFileHeader)
      const { judged, images, declined } = selectImages([{ instanceId: path, header }], policies, model.manifest)
      const [image] = images ?? []
      if (!image) return { declined: declined ?? 'NO_IMAGE', quality: judged.flatMap(({ verdicts }) => verdicts) }
      return analyseImage(deps, image)
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
