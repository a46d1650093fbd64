// Run by fork: opens the embedded PostgreSQL of argv[2], tells its parent, and stays until killed or disconnected.
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'

const { url, attached, [Symbol.asyncDispose]: close } = await openEmbeddedPostgres({ directory: process.argv[2] ?? '' })
process.send?.({ url, attached })
process.once('disconnect', () => void close())
