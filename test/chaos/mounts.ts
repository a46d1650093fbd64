import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const mount = (...args: string[]) => void execFileSync('mount', args, { stdio: 'ignore' })
const unmount = (path: string) => void execFileSync('umount', ['-l', path], { stdio: 'ignore' })

/** Whether this user may mount file systems here. */
export function mayMount(folder: string): boolean {
  const probe = join(folder, 'probe')
  mkdirSync(probe)
  try {
    mount('-t', 'tmpfs', 'none', probe)
    unmount(probe)
    return true
  } catch {
    return false
  }
}

/** A file system of its own of so many MB; unmounted when the test ends. */
export function smallDisk(folder: string, megabytes: number) {
  const path = join(folder, 'disk')
  mkdirSync(path)
  mount('-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'tmpfs', path)
  onTestFinished(() => unmount(path))
  const ballast = join(path, 'ballast')
  return {
    path,
    /** Writes until nothing fits any more. */
    fill() {
      const chunk = Buffer.alloc(256 * 1024)
      for (let size = chunk.length; size > 0; size >>= 1) {
        try {
          for (;;) writeFileSync(ballast, chunk.subarray(0, size), { flag: 'a' })
        } catch {
          // Full for pieces of this size.
        }
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
  }
}

/** Puts an empty file system that cannot be written over a folder: EROFS for whoever writes; gives the way back. */
export function readOnlyOver(path: string): () => void {
  mount('-t', 'tmpfs', '-o', 'ro', 'tmpfs', path)
  let over = false
  const back = () => {
    if (!over) unmount(path)
    over = true
  }
  onTestFinished(back)
  return back
}
