import { type RawBuilder, sql } from 'kysely'

/** By the database's clock, the only one that all processes share. */
export const now = (): RawBuilder<Date> => sql<Date>`now()`
export const fromNow = (ms: number): RawBuilder<Date> => sql<Date>`now() + ${ms} * interval '1 millisecond'`
export const ago = (ms: number): RawBuilder<Date> => sql<Date>`now() - ${ms} * interval '1 millisecond'`
