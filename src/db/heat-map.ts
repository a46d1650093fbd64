import type { ExplanationMethod } from '../study/explanation.ts'
import type { Db } from './schema.ts'

export type NewHeatMap = {
  /** The finding it is of; null: all findings at or above their operating points together. */
  readonly label: string | null
  readonly method: ExplanationMethod
  readonly rows: number
  readonly columns: number
  readonly empty: boolean
  /** Its name in the result store, made from its content. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
}

/** A map that an analysis has already stays as it was. */
export async function insertHeatMaps(db: Db, analysisId: string, maps: readonly NewHeatMap[]): Promise<void> {
  if (maps.length === 0) return
  await db
    .insertInto('heatMap')
    .values(maps.map((map) => ({ ...map, analysisId })))
    .onConflict((conflict) => conflict.columns(['analysisId', 'label']).doNothing())
    .execute()
}
