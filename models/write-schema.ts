/** Writes manifest.schema.json from what src/model/manifest-schema.ts demands: `npx tsx models/write-schema.ts`. */
import { writeFileSync } from 'node:fs'
import { manifestJsonSchema } from '../src/model/manifest-schema.ts'

writeFileSync(
  new URL('./manifest.schema.json', import.meta.url),
  `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
)
