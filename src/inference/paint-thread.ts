import { parentPort } from 'node:worker_threads'
import { takeMemory } from '../dicom/pixel-room.ts'
import { renderHeatMap } from '../report/render-heat-map.ts'
import type { PaintedPage, PaintingJob } from './open-painter.ts'

/** Paints pages for `openPainter`. What is thrown ends the thread. */
parentPort?.on('message', ({ memory, common, pages }: PaintingJob) => {
  takeMemory(memory)
  const painted = pages.flatMap((page): PaintedPage[] => {
    const { rows, columns, room } = renderHeatMap({ ...common, ...page })
    return room ? [{ rows, columns, memory: room.memory }] : []
  })
  parentPort?.postMessage(
    painted,
    painted.map((page) => page.memory),
  )
})
