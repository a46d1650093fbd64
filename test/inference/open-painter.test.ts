import { expect, onTestFinished, test } from 'vitest'
import { reuseMemory } from '../../src/dicom/pixel-room.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import type { Failure } from '../../src/failure.ts'
import { openPainter } from '../../src/inference/open-painter.ts'
import { buildSummarySc } from '../../src/report/build-sc.ts'
import type { RgbImage } from '../../src/report/page.ts'
import { type Pages, renderPages } from '../../src/report/render-pages.ts'
import type { ResultInput } from '../../src/report/result-input.ts'
import { COMPLETE_SOURCE, findings, ramp, resultInput, sourceOf, spots } from '../report/synthetic-result.ts'

/** With what it told of its thread: nothing, as long as the thread paints. */
function painter() {
  const died: Failure[] = []
  const opened = openPainter((failure) => died.push(failure))
  onTestFinished(() => opened[Symbol.asyncDispose]())
  return { ...opened, died }
}

/** A result whose positive findings, so many of them, each have a map. */
function withMaps(count: number, display = ramp(400, 300)): ResultInput {
  const positive = findings.map((finding, i) => ({ ...finding, positive: i < count }))
  const maps = new Map(positive.slice(0, count).map(({ label }, i) => [label, spots(40 + i, 30)]))
  const combined = count > 1 ? spots(40, 31) : undefined
  return resultInput(sourceOf(COMPLETE_SOURCE), { display, findings: positive, maps, combined })
}

const bytesOf = ({ summary, heatMaps, combined }: Pages) =>
  Object.entries({ summary, ...Object.fromEntries(heatMaps), combined }).map(([name, image]) => [
    ...[name, image?.rows, image?.columns],
    image && Buffer.from(image.rgb).toString('base64'),
  ])

test('a painter makes the pages that are made without it, also of several results at a time', async () => {
  const { render, died } = painter()
  const inputs = [0, 1, 2, 3, 1].map((count, i) => withMaps(count, ramp(400 + i, 300)))
  const painted = await Promise.all(inputs.map((input) => render(input)))
  for (const [i, input] of inputs.entries()) expect(bytesOf(painted[i] as Pages)).toEqual(bytesOf(renderPages(input)))
  expect(died).toEqual([])
})

test('pages from its thread become files without being copied, whose memory is that of later pages', async () => {
  const { render, died } = painter()
  const input = withMaps(1)
  const whole = bytesOf(renderPages(input))
  const files: Uint8Array[] = []
  for (let time = 0; time < 3; time++) {
    const pages = await render(input)
    expect(bytesOf(pages)).toEqual(whole)
    const [page] = pages.heatMaps.values()
    const { rgb, room } = page as RgbImage
    const file = encodeInstance(buildSummarySc(input, page as RgbImage), undefined, room)
    expect(file.buffer).toBe(rgb.buffer)
    // Who still holds one that was done with finds nothing in it.
    expect(files.map(({ length }) => length)).toEqual(files.map(() => 0))
    reuseMemory(file)
    files.push(file)
  }
  expect(died).toEqual([])
})

test('a thread that ends is replaced, and told of; what it did not paint is painted all the same', async () => {
  const { render, died } = painter()
  const input = withMaps(2)
  // None can paint that.
  const broken = render({ ...input, caveats: [null] as never })
  const beside = [render(input), render(input)]
  await expect(broken).rejects.toThrow(TypeError)
  for (const pages of [...beside, render(input)]) expect(bytesOf(await pages)).toEqual(bytesOf(renderPages(input)))
  expect(died.map(({ code }) => code)).toEqual(['CHILD_DIED'])
})

test('a painter that is closed meanwhile still finishes what it was asked', async () => {
  const opened = openPainter((failure) => expect.fail(failure.message))
  const input = withMaps(3)
  const pages = opened.render(input)
  await opened[Symbol.asyncDispose]()
  expect(bytesOf(await pages)).toEqual(bytesOf(renderPages(input)))
})
