import { readFileSync, writeFileSync } from 'node:fs'
import { conformanceTables } from './conformance-tables.ts'
import { fillTables } from './fill-tables.ts'

const STATEMENT = new URL('../../docs/conformance.md', import.meta.url)

writeFileSync(STATEMENT, fillTables(readFileSync(STATEMENT, 'utf8'), conformanceTables()))
