import { readFile } from 'node:fs/promises'
import { Failure } from '../failure.ts'

/** A secret is read when it is used: one that was replaced needs no restart. */
async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `the secret in ${path} cannot be read`, { cause })
  })
  const secret = text.trim()
  if (/^[\x20-\x7e]+$/.test(secret)) return secret
  throw new Failure('FILE_UNREADABLE', `${path} holds no secret: one line of printable ASCII is expected`)
}

/** RFC 6750. @throws Failure FILE_UNREADABLE */
export const bearerToken = (path: string) => async (): Promise<string> => `Bearer ${await readSecret(path)}`

/** RFC 7617. @throws Failure FILE_UNREADABLE */
export const basicCredentials = (username: string, passwordFile: string) => async (): Promise<string> => {
  const pair = `${username}:${await readSecret(passwordFile)}`
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
}
