import { join, relative } from 'node:path'
import type { Plugin } from 'vitest/config'

const ROOT = join(import.meta.dirname, '../..')
/** They put something of their own beneath a module of the program, or beside it: only its sources take that. */
const OF_SOURCES = ['test/files/group-commit.test.ts', 'test/inference/child-pool.test.ts']

/** What stands in dist/ for a source file. */
const builtOf = (source: string) => join(ROOT, 'dist', source.replace(/^src\//, '').replace(/\.ts$/, '.js'))

/** Tests get the program as it is built, `dist/`, wherever they import one of its sources. */
export const built: Plugin = {
  name: 'built',
  enforce: 'pre',
  resolveId(imported, importer = '') {
    if (!imported.startsWith('.') || OF_SOURCES.includes(relative(ROOT, importer))) return undefined
    const [source, by] = [relative(ROOT, join(importer, '..', imported)), relative(ROOT, importer)]
    if (!source.startsWith('src/') || by.startsWith('src/')) return undefined
    return { id: builtOf(source), external: true }
  },
}
