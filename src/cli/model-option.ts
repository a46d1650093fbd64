import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { CATALOGUE, type CatalogueEntry } from '../model/catalogue.ts'

/** A model's name as it was given: also the name of a folder, so nothing else. @throws Failure USAGE */
export function parseModelId(id: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) return id
  throw new Failure('USAGE', "a model's name is lower-case letters, digits, dots, dashes and underscores")
}

/** The configuration with another model, if one was named. @throws Failure USAGE */
export const withModel = (config: Config, id: string | undefined): Config =>
  id === undefined
    ? config
    : { ...config, model: { ...config.model, id: parseModelId(id) }, models: { ...config.models, rules: [] } }

/** @throws Failure USAGE naming those there are */
export function publishedModel(id: string): CatalogueEntry {
  const entry = CATALOGUE.find((each) => each.id === id)
  if (entry) return entry
  throw new Failure(
    'USAGE',
    `no published model has that name; there is: ${CATALOGUE.map((each) => each.id).join(', ')}`,
  )
}
