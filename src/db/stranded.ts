import { type RawBuilder, sql } from 'kysely'
import type { Uid } from '../study/identifiers.ts'
import type { Db } from './schema.ts'

/** What is owed, held or still to be asked for at one destination. */
export type Stranded = {
  readonly destination: string
  readonly deliveries: number
  readonly studies: number
  readonly since: Date
}

// One arm for each index.
const unsettled = (at: RawBuilder<unknown>) => sql`(
  select id, result_id, destination, owed_at, under_way, due_at from delivery where state = 'owed' and ${at}
  union all
  select id, result_id, destination, owed_at, under_way, due_at from delivery where state = 'held' and ${at}
  union all
  select id, result_id, destination, owed_at, under_way, due_at from delivery
  where state = 'sent' and due_at is not null and ${at})`

/** What keeps studies from leaving by age, and nobody sends: that of destinations that are not among these. */
export async function findStranded(db: Db, configured: readonly string[]): Promise<Stranded[]> {
  const { rows } = await sql<Stranded>`
    select destination, count(*)::integer as deliveries, count(distinct study_id)::integer as studies, min(owed_at) as since
    from ${unsettled(sql`destination <> all(${configured}::text[])`)} as unsettled
      join result on result.id = unsettled.result_id
    group by destination order by destination`.execute(db)
  return rows
}

export type GivenUp = { readonly studyInstanceUid: Uid; readonly deliveries: number }

/**
 * On a person's word, who says why: what a destination was still to get is refused, and what it took is not asked for
 * any more. What is being sent at this moment is left alone. By study.
 */
export async function giveUpDeliveries(db: Db, destination: string, why: string): Promise<GivenUp[]> {
  const { rows } = await sql<GivenUp>`
    with given_up as (
      update delivery set state = case state when 'sent' then 'unconfirmed' else 'refused' end, due_at = null,
        asked_at = null, under_way = false, reason_code = 'GIVEN_UP', comment = ${why}, status = null
      where id in (select id from ${unsettled(sql`destination = ${destination}`)} as unsettled
        where not (under_way and due_at > now()))
      returning id, result_id
    ), told as (
      insert into delivery_answer (delivery_id, question, comment)
      select id, 'person', ${`given up: ${why}`} from given_up
    )
    select study_instance_uid as "studyInstanceUid", count(*)::integer as deliveries
    from given_up join result on result.id = given_up.result_id join study on study.id = result.study_id
    group by study.id, study_instance_uid order by study.id`.execute(db)
  return rows
}
