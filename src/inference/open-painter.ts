import { availableParallelism } from 'node:os'
import { lendMemory, PixelRoom } from '../dicom/pixel-room.ts'
import { asFailure, Failure } from '../failure.ts'
import type { RgbImage } from '../report/page.ts'
import { renderHeatMap } from '../report/render-heat-map.ts'
import { type HeatMapPages, heatMapPages, type Pages, type PagesInput, pagesOf } from '../report/render-pages.ts'
import { renderSummary } from '../report/render-summary.ts'
import { startThread } from './entry.ts'

/** Paints the pages of a result: half of them in a thread of its own while the others are painted here. */
export type Painter = AsyncDisposable & { render(input: PagesInput): Promise<Pages> }

export type PaintingJob = HeatMapPages & { readonly memory: readonly ArrayBuffer[] }
/** Its pixels stand in the memory of a room for them: see `PixelRoom`. */
export type PaintedPage = { readonly rows: number; readonly columns: number; readonly memory: ArrayBuffer }

/** `onDied` is told of a thread that ended by itself: it is replaced, and what it did not paint is painted here. */
export function openPainter(onDied: (failure: Failure) => void): Painter {
  let thread = availableParallelism() > 1 ? openThread() : undefined
  let closed = false
  return {
    async render(input) {
      const { common, pages } = heatMapPages(input)
      const paint = (some: HeatMapPages['pages']) => some.map((page) => renderHeatMap({ ...common, ...page }))
      // The summary, too, is painted here.
      const [own, others] = [pages.slice(0, pages.length / 2), pages.slice(pages.length / 2)]
      const asking = thread
      const asked = others.length > 0 ? asking?.paint({ common, pages: others }) : undefined
      // Waited for below.
      asked?.catch(() => undefined)
      const [summary, ownPainted] = [renderSummary(input), paint(own)]
      const othersPainted = await asked?.catch((error: unknown) => {
        // Of all that waited for it the first one replaces it.
        if (closed || thread !== asking) return undefined
        thread = openThread()
        onDied(asFailure(error, 'CHILD_DIED'))
        return undefined
      })
      return pagesOf(input, summary, [...ownPainted, ...(othersPainted ?? paint(others))])
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await thread?.end()
    },
  }
}

type Asked = { readonly resolve: (painted: readonly PaintedPage[]) => void; readonly reject: (error: Error) => void }

/** Does one job after the other, as they come. */
function openThread() {
  const worker = startThread(new URL('./paint-thread.ts', import.meta.url))
  const waiting: Asked[] = []
  let ended = false
  worker.on('message', (painted: readonly PaintedPage[]) => waiting.shift()?.resolve(painted))
  // Told by its exit.
  worker.on('error', () => undefined)
  worker.on('exit', () => {
    ended = true
    for (const { reject } of waiting.splice(0)) reject(died())
  })
  return {
    async paint(job: HeatMapPages): Promise<RgbImage[]> {
      if (ended) throw died()
      const memory = lendMemory(job.pages.length)
      worker.postMessage({ ...job, memory } satisfies PaintingJob, memory)
      const painted = await new Promise<readonly PaintedPage[]>((resolve, reject) => waiting.push({ resolve, reject }))
      return painted.map(({ rows, columns, memory }) => {
        const room = new PixelRoom(3 * rows * columns, memory)
        return { rows, columns, rgb: room.pixels, room }
      })
    },
    end: () => worker.terminate(),
  }
}

const died = () => new Failure('CHILD_DIED', 'the thread that paints pages ended')
