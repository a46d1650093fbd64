import { random } from '../../src/model/phantom-random.ts'

/** Mostly small, because small is quick; some at 512 and some as large as the demonstration's. */
export function trainingSize(seed: number): number | undefined {
  const sizes = random(seed, 'training size')
  const part = sizes.next()
  if (part < 0.03) return undefined
  return part < 0.13 ? 512 : sizes.whole(260, 330)
}
