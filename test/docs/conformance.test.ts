import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { conformanceTables } from './conformance-tables.ts'
import { fillTables } from './fill-tables.ts'

const STATEMENT = new URL('../../docs/conformance.md', import.meta.url)

test('the tables of the conformance statement are those of the code; `npm run docs:conformance` writes them', () => {
  const statement = readFileSync(STATEMENT, 'utf8')
  expect(fillTables(statement, conformanceTables())).toBe(statement)
})
