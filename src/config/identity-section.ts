import { z } from 'zod'
import { path, yesNo } from './values.ts'

const user = z.strictObject({ name: z.string().min(1).max(64), passcodeFile: path.optional() })
const jwt = z.strictObject({
  issuer: z.string().min(1),
  audience: z.string().min(1),
  keysFile: path,
  userClaim: z.string().min(1).default('sub'),
})

/** How the users of peers are identified; who a peer says its user is, is passed over when absent. */
export const userIdentity = z
  .strictObject({
    required: yesNo.default(false),
    users: z.array(user).default([]),
    jwt: jwt.optional(),
    otherKinds: z.enum(['refuse', 'ignore']).default('refuse'),
  })
  .optional()
