import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../failure.ts'
import { exists, renameOnce } from './embedded-binaries.ts'
import { asServerUser, environment, giveToServerUser, SERVER_UID } from './embedded-user.ts'

/** `folder` belongs to the server's user, `directory` to us. `url` holds the password. */
export type Cluster = {
  readonly directory: string
  readonly folder: string
  readonly socketFolder: string
  readonly url: string
}

const USER = 'mcads'
// sun_path holds 107 bytes; the server adds `/.s.PGSQL.5432` and a lock file's `.lock`.
const LONGEST_SOCKET_FOLDER = 107 - '/.s.PGSQL.5432.lock'.length

/** Finds or makes the cluster of `directory`, and the folder for its socket. */
export async function openCluster(directory: string, binaries: string): Promise<Cluster> {
  const folder = join(directory, 'cluster')
  if (!(await exists(folder))) await makeCluster(directory, folder, binaries)
  const password = await readFile(join(folder, 'password'), 'utf8')
  const socketFolder = await makeSocketFolder(folder)
  const url = `postgresql://${USER}:${password}@${encodeURIComponent(socketFolder)}/postgres`
  return { directory, folder, socketFolder, url }
}

async function makeCluster(directory: string, folder: string, binaries: string): Promise<void> {
  const temporary = await mkdtemp(join(directory, 'making-'))
  const passwordFile = join(temporary, 'password')
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  for (const path of [temporary, passwordFile]) await giveToServerUser(path)
  const options = [
    '--username',
    USER,
    '--pwfile',
    passwordFile,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
  ]
  const [program = '', ...args] = asServerUser([
    join(binaries, 'bin/initdb'),
    '--pgdata',
    join(temporary, 'data'),
    ...options,
  ])
  try {
    await promisify(execFile)(program, args, { env: environment(), cwd: temporary })
    await renameOnce(temporary, folder)
  } catch (cause) {
    throw new Failure('DATABASE_UNAVAILABLE', `cannot make the embedded PostgreSQL cluster: ${String(cause)}`, {
      cause,
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** In the cluster's own folder, or, where that path is too long for a socket, in a short one that only we can use. */
async function makeSocketFolder(folder: string): Promise<string> {
  if (Buffer.byteLength(folder) <= LONGEST_SOCKET_FOLDER) return folder
  const short = `/tmp/mcads-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  await mkdir(short, { mode: 0o700 }).then(
    () => giveToServerUser(short),
    () => {},
  )
  const { uid, mode } = await lstat(short)
  const ours = uid === SERVER_UID && (mode & 0o777) === 0o700
  if (!ours) throw new Failure('CONFIG_INVALID', `${short}, for the embedded PostgreSQL's socket, is another user's`)
  return short
}
