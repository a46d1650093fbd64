import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Tensor as OnnxTensor, InferenceSession as Session } from 'onnxruntime-node'
import { displayGrey, shadesOf } from '../../src/dicom/display.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { histogramOf } from '../../src/dicom/histogram.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { radiographOf } from '../../src/dicom/radiograph.ts'
import { gradCam } from '../../src/model/grad-cam.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { mapBack } from '../../src/model/map-back.ts'
import { SALIENCY_PORTS } from '../../src/model/onnx/saliency.ts'
import { prepareTensor } from '../../src/model/prepare-tensor.ts'
import { smoothGrad } from '../../src/model/smooth-grad.ts'
import { measurePixels } from '../../src/quality/measure-pixels.ts'
import { LONGEST_SHOWN, sizeWithin } from '../../src/report/shown-size.ts'
import { InferenceSession, Tensor } from '../support/onnx-runtime.ts'

export const STAGES = [
  ...(['read and decode', 'look at its quality', 'prepare for display', 'pre-process', 'inference'] as const),
  ...(['Grad-CAM of one finding', 'PLI of one finding'] as const),
] as const
export type Costs = Record<(typeof STAGES)[number], number>

const GRID = { rows: 512, columns: 419 }
const LABEL = 3
const floats = (tensor: OnnxTensor | undefined) =>
  tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0)
const peakBytes = () => process.resourceUsage().maxRSS * 1024

/** The stages one after the other in this process, as the node's child processes do them. */
export async function measureStages(directory: string, file: string) {
  const {
    input,
    outputs,
    gradCam: head,
    labels,
    saliency,
  } = parseManifest(readFileSync(join(directory, 'manifest.json'), 'utf8'))
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 }
  const session = await InferenceSession.create(readFileSync(join(directory, 'model.onnx')), options)
  const classifier = new Float32Array(
    Uint8Array.from(readFileSync(join(directory, head?.classifier.file ?? ''))).buffer,
  )
  let last: Float32Array = new Float32Array(input.size * input.size)
  const memory = { beforePli: 0, afterPli: 0 }
  let backward: Session | undefined
  const shape = [1, 1, input.size, input.size]
  const wanted = new Tensor(
    'float32',
    Float32Array.from(labels, (_, i) => (i === LABEL ? 1 : 0)),
    [1, labels.length],
  )
  const run = async (): Promise<Costs> => {
    const costs: Partial<Costs> = {}
    const timed = async <T>(stage: keyof Costs, work: () => T | Promise<T>): Promise<T> => {
      const started = performance.now()
      const result = await work()
      costs[stage] = performance.now() - started
      return result
    }
    const part10 = readFileSync(file)
    const { radiograph, header } = await timed('read and decode', async () => {
      const header = parseHeader(part10)
      return { header, radiograph: radiographOf(await decodeFrames(part10, { frames: 'first' }), header) }
    })
    const histogram = histogramOf(radiograph)
    await timed('look at its quality', () => measurePixels(radiograph, histogram))
    const shades = await timed('prepare for display', () => {
      const made = shadesOf(radiograph, header, histogramOf(radiograph))
      displayGrey(radiograph, made, sizeWithin(radiograph, 1, LONGEST_SHOWN))
      return made
    })
    const { data, crop } = await timed('pre-process', () => prepareTensor(radiograph, input, shades))
    last = data
    const given = await timed('inference', () => session.run({ [input.name]: new Tensor('float32', data, shape) }))
    const map = given[outputs.features ?? '']
    const [, channels = 0, rows = 0, columns = 0] = map?.dims ?? []
    await timed('Grad-CAM of one finding', () => {
      const weights = classifier.subarray(LABEL * channels, (LABEL + 1) * channels)
      const values = gradCam({ channels, rows, columns, data: floats(map) }, weights, true)
      mapBack(values, rows, columns, crop, radiograph, GRID)
    })
    memory.beforePli ||= peakBytes()
    backward ??= await InferenceSession.create(readFileSync(join(directory, saliency?.file ?? '')), options)
    const gradient = async (noisy: Float32Array) => {
      const feeds = { [input.name]: new Tensor('float32', noisy, shape), [SALIENCY_PORTS.labels]: wanted }
      return floats((await backward?.run(feeds))?.[SALIENCY_PORTS.gradient])
    }
    await timed('PLI of one finding', async () => {
      const [saliencyMap] = await smoothGrad(gradient, data, { labels: 1, size: input.size, range: [-1024, 1024] })
      mapBack(saliencyMap ?? new Float32Array(0), input.size, input.size, crop, radiograph, GRID)
    })
    memory.afterPli = peakBytes()
    return Object.assign({ ...ZERO }, costs)
  }
  /** Milliseconds of an inference alone: the second of two, whose weights are in the cache; nothing is under way any more. */
  const infer = async (): Promise<number> => {
    await setTimeout(30)
    let started = 0
    for (let i = 0; i < 2; i++) {
      started = performance.now()
      await session.run({ [input.name]: new Tensor('float32', last, shape) })
    }
    return performance.now() - started
  }
  return { run, infer, memory: () => memory }
}

const ZERO: Costs = {
  ...{ 'read and decode': 0, 'look at its quality': 0, 'prepare for display': 0, 'pre-process': 0, inference: 0 },
  ...{ 'Grad-CAM of one finding': 0, 'PLI of one finding': 0 },
}
