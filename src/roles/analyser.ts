import { type AnalysedImage, type AnalyseImageDeps, analyseWithMaps } from '../analyse/analyse-image.ts'
import { selectImages } from '../analyse/select-images.ts'
import type { Config } from '../config/schema.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import { openDecoder } from '../inference/open-decoder.ts'
import { openModel } from '../inference/open-model.ts'
import { Resources } from '../lifecycle.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { HeatMap } from '../study/finding.ts'
import { readFindingCodes } from './finding-codes.ts'
import { modelDirectory } from './model-directory.ts'
import { nodeIdentity } from './node-identity.ts'

type FileAnalysis =
  | { readonly declined: DeclineCode; readonly image?: never }
  | { readonly image: AnalysedImage & { maps: ReadonlyMap<string, HeatMap> }; readonly declined?: never }

/** The analysis alone, of files: no database, no queue, no network. */
export type Analyser = AsyncDisposable & {
  /** Declines what the node would decline. @throws Failure */
  analyse(path: string): Promise<FileAnalysis>
}

export async function openAnalyser(config: Config): Promise<Analyser> {
  await using resources = new Resources()
  const model = resources.use(await openModel({ directory: modelDirectory(config), children: 1 }))
  const decoder = resources.use(openDecoder({ children: 1 }))
  const deps: AnalyseImageDeps = {
    ...{ model, decoder, node: nodeIdentity(config), pathOf: async (path: string) => path },
    wishes: [],
    ...(await readFindingCodes(model.manifest)),
  }
  const opened = resources.move()
  return {
    async analyse(path) {
      const header = await withFile(path, readFileHeader)
      const { images, declined } = selectImages([{ instanceId: path, header }])
      if (declined) return { declined }
      const [image = { instanceId: path, header }] = images
      return { image: await analyseWithMaps(deps, image) }
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
