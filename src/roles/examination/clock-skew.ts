const CONCERNING_MS = 2000
const WRONG_MS = 30_000

export const SKEW_REMEDY = 'have both machines follow a time server (NTP)'

/** How a clock that is `aheadMs` ahead of ours, or less by as much as `withinMs`, is to be judged. */
export function judgeSkew(whose: string, aheadMs: number, withinMs: number) {
  const off = Math.abs(aheadMs)
  const seconds = `${(off / 1000).toFixed(1)} s`
  const words = `${whose} clock is ${seconds} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`
  return { words, concerning: off > CONCERNING_MS + withinMs, wrong: off > WRONG_MS + withinMs }
}
