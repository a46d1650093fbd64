import { readdirSync, readFileSync } from 'node:fs'

const EVERY_MS = 20

/** Resident memory and parent of every process, from /proc; one that has just ended is left out. */
function processes(): { pid: number; parent: number; bytes: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8')
        const of = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
        return [{ pid: Number(name), parent: of('PPid'), bytes: of('VmRSS') * 1024 }]
      } catch {
        return []
      }
    })
}

/** The most memory that a process and all its descendants had together, looked at every 20 ms. */
export function watchMemory(pid: number) {
  let most = 0
  const look = () => {
    const all = processes()
    const family = new Set([pid])
    for (let before = 0; before < family.size; ) {
      before = family.size
      for (const each of all) if (family.has(each.parent)) family.add(each.pid)
    }
    const bytes = all.filter((each) => family.has(each.pid)).reduce((sum, each) => sum + each.bytes, 0)
    most = Math.max(most, bytes)
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    stop(): number {
      clearInterval(timer)
      return most
    },
  }
}
