import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It ended meanwhile.
    return ''
  }
}

/** The process and all below it. */
function processTree(pid: number): number[] {
  const tasks = (() => {
    try {
      return readdirSync(`/proc/${pid}/task`)
    } catch {
      return []
    }
  })()
  const children = tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean))
  return [pid, ...children.flatMap((child) => processTree(Number(child)))]
}

/** Resident memory of the whole tree, in bytes. */
function residentBytes(pid: number): number {
  const sizes = processTree(pid).map((each) => /VmRSS:\s+(\d+)/.exec(read(`/proc/${each}/status`))?.[1] ?? 0)
  return sizes.reduce<number>((sum, kilobytes) => sum + Number(kilobytes) * 1024, 0)
}

/** CPU time of the whole tree so far, of ended children too, in seconds. proc(5): fields 14 to 17 of stat. */
export function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, each) => {
    const stat = read(`/proc/${each}/stat`)
    const times = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
    return sum + times.reduce((all, ticks) => all + Number(ticks), 0) / TICKS_PER_SECOND
  }, 0)
}

/** Looks at a tree's memory until it is stopped; then says how much it was at most. */
export function watchMemory(pid: number): () => number {
  let peak = residentBytes(pid)
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid))
  }, 50)
  return () => {
    clearInterval(timer)
    return Math.max(peak, residentBytes(pid))
  }
}
