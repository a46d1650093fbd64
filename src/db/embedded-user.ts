import { chown, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../failure.ts'

// PostgreSQL refuses to run as root; 65534 is `nobody` everywhere.
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/** The user that PostgreSQL runs as. */
export const SERVER_UID = isRoot ? NOBODY : (process.getuid?.() ?? -1)

/** `command` so that it runs as that user, and ends when the thread that started it does. */
export function asServerUser(command: readonly string[]): string[] {
  const user = isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []
  return ['setpriv', ...user, '--pdeathsig=INT', '--', ...command]
}

export const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' })

export async function giveToServerUser(path: string): Promise<void> {
  if (isRoot) await chown(path, NOBODY, NOBODY)
}

/** @throws Failure CONFIG_INVALID when that user cannot get there, as is usual below /root. */
export async function checkReachable(directory: string): Promise<void> {
  if (!isRoot) return
  for (let folder = directory; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode } = await stat(folder)
    if ((mode & 0o001) !== 0) continue
    const message = `the embedded PostgreSQL runs as user ${NOBODY}, who cannot enter ${folder}: choose another folder`
    throw new Failure('CONFIG_INVALID', message)
  }
}
