import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { IdentityRules } from '../../src/dimse/identify-user.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dxFile } from '../support/push.ts'
import { recordingScp } from '../support/recording-scp.ts'
import { ABORTED, associateRq, callScripted, item, RJ } from '../support/scripted-peer.ts'

const length = (bytes: Uint8Array) => Buffer.from([bytes.length >> 8, bytes.length & 255])

/** The user information item of a user identity, PS3.7 section D.3.3.7.1. */
function identity(type: number, primary: string, secondary = '', responseRequested = 0): Buffer {
  const [first, second] = [Buffer.from(primary), Buffer.from(secondary)]
  return item(
    0x58,
    Buffer.concat([Buffer.from([type, responseRequested]), length(first), first, length(second), second]),
  )
}

async function passcodeFile(passcode: string): Promise<string> {
  const file = join(await temporaryFolder(), 'passcode')
  await writeFile(file, passcode)
  return file
}

const RULES = { required: false, users: [], otherKinds: 'refuse' } as const
const joe = async () => ({ name: 'joe', passcodeFile: await passcodeFile('correct horse\n') })

/** What an SCP with the rules answers to each user: 'in', or the bytes of its rejection; and what it tells. */
async function asked(rules: Partial<IdentityRules> | undefined, ...user: Buffer[]) {
  const scp = await recordingScp(rules ? { identity: { ...RULES, ...rules } } : {})
  const peer = await callScripted(scp.port)
  const answer = await peer.send(associateRq({ user })).next()
  const rejected = answer?.type === RJ ? [...answer.body.subarray(1)] : undefined
  return { answer, rejected, told: scp.told }
}

const confirmations = (answer: { body: Buffer } | undefined) =>
  answer?.body.toString('hex').match(/590000020000/g) ?? []

describe('the identity of a user', () => {
  test('is passed over where none is wanted, without a positive response', async () => {
    const { answer, told } = await asked(undefined, identity(2, 'joe', 'whatever', 1))
    expect(told).toEqual(['opened: MODALITY'])
    expect(confirmations(answer)).toEqual([])
  })

  test('is taken with the right passcode, and confirmed when that was asked for', async () => {
    const users = [await joe()]
    expect((await asked({ users }, identity(2, 'joe', 'correct horse'))).told).toEqual(['opened: MODALITY as joe'])
    const { answer } = await asked({ users }, identity(2, 'joe', 'correct horse', 1))
    expect(confirmations(answer)).toHaveLength(1)
  })

  test('a passcode that changes in its file holds at once', async () => {
    const user = await joe()
    await writeFile(user.passcodeFile, 'new')
    expect((await asked({ users: [user] }, identity(2, 'joe', 'new'))).told).toEqual(['opened: MODALITY as joe'])
  })

  test('needs no passcode where the name alone is listed', async () => {
    expect((await asked({ users: [{ name: 'ward' }] }, identity(1, 'ward'))).told).toEqual(['opened: MODALITY as ward'])
  })

  test.each<[string, Buffer[], string]>([
    ['a wrong passcode', [identity(2, 'joe', 'WRONG-SECRET')], "user identity: the passcode of 'joe' is wrong"],
    ['no passcode', [identity(1, 'joe')], "user identity: 'joe' has to give a passcode too"],
    ['an unknown user', [identity(2, 'MISTYPED-SECRET', 'x')], 'user identity: the user is not listed'],
    [
      'a file that is not there',
      [identity(2, 'lost', '')],
      "user identity: the passcode of 'lost' cannot be read from its file here",
    ],
    ['no identity, where one is required', [], 'the peer did not say who its user is'],
    ['Kerberos', [identity(3, 'TICKET-SECRET')], 'user identity by Kerberos is not taken here'],
    ['SAML', [identity(4, '<SECRET/>')], 'user identity by SAML is not taken here'],
    ['a token, without rules for tokens', [identity(5, 'SECRET')], 'user identity by JSON Web Token is not taken here'],
    ['a kind to come', [identity(9, 'SECRET')], 'user identity by type 9 is not taken here'],
  ])('%s is rejected permanent by the provider, and no secret is told', async (_name, user, words) => {
    const users = [await joe(), { name: 'lost', passcodeFile: '/no/such/file' }]
    const { rejected, told } = await asked({ users, required: true }, ...user)
    expect(rejected).toEqual([1, 2, 1])
    expect(told).toEqual([`rejected: ${words}`])
    expect(told.join()).not.toContain('SECRET')
  })

  test('that was wrong five times is not looked at for a minute, from that peer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const scp = await recordingScp({ identity: { ...RULES, users: [await joe()] } })
    const call = async (passcode: string, calling = 'MODALITY') => {
      const user = [identity(2, 'joe', passcode)]
      const answer = await (await callScripted(scp.port)).send(associateRq({ calling, user })).next()
      return answer?.type === RJ ? [...answer.body.subarray(1)] : 'in'
    }
    for (let guess = 0; guess < 5; guess++) expect(await call(`guess ${guess}`)).toEqual([1, 2, 1])
    expect(await call('correct horse')).toEqual([2, 3, 1])
    expect(await call('correct horse', 'SENDER')).toBe('in')
    vi.advanceTimersByTime(60_000)
    expect(await call('correct horse')).toBe('in')
    for (let guess = 0; guess < 4; guess++) expect(await call('wrong')).toEqual([1, 2, 1])
    expect(await call('correct horse')).toBe('in')
  })

  test('of a kind that cannot be verified is as none where that is configured', async () => {
    const users = [await joe()]
    const ignoring = { users, otherKinds: 'ignore' } as const
    expect((await asked(ignoring, identity(3, 'ticket'))).told).toEqual(['opened: MODALITY'])
    expect((await asked({ ...ignoring, required: true }, identity(4, 'x'))).rejected).toEqual([1, 2, 1])
  })

  test.each<[string, Buffer[]]>([
    ['breaks off', [item(0x58, Buffer.from([2, 0, 0, 9, 65]))]],
    ['is empty', [item(0x58, Buffer.alloc(0))]],
    ['is there twice', [identity(1, 'a'), identity(1, 'b')]],
  ])('that %s: A-ABORT', async (_name, user) => {
    expect((await asked({ users: [await joe()] }, ...user)).answer?.type).toBe(ABORTED)
  })
})

describe('a JSON Web Token', () => {
  async function issuer(form: 'set' | 'pem' = 'set') {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const keys = form === 'set' ? JSON.stringify({ keys: [await exportJWK(publicKey)] }) : await exportSPKI(publicKey)
    const jwt = {
      issuer: 'https://login.test',
      audience: 'mcads',
      keysFile: await passcodeFile(keys),
      userClaim: 'sub',
    }
    const sign = (change: { iss?: string; aud?: string; exp?: number | undefined; sub?: string } = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: 'https://login.test', aud: 'mcads', sub: 'joe', exp: now + 600, ...change }
      return new SignJWT(JSON.parse(JSON.stringify(claims))).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    }
    return { jwt, sign }
  }

  test.each(['set', 'pem'] as const)('is taken when one of the issuer’s keys has signed it (%s)', async (form) => {
    const { jwt, sign } = await issuer(form)
    expect((await asked({ jwt, required: true }, identity(5, await sign()))).told).toEqual(['opened: MODALITY as joe'])
  })

  test.each<[string, Parameters<Awaited<ReturnType<typeof issuer>>['sign']>[0], string]>([
    ['that has expired', { exp: 1000 }, 'has expired'],
    ['without time of expiry', { exp: undefined }, 'does not have the time of expiry we want'],
    ['for somebody else', { aud: 'others' }, 'does not have the audience we want'],
    ['of another issuer', { iss: 'https://elsewhere.test' }, 'does not have the issuer we want'],
  ])('%s is rejected, with the reason', async (_name, change, words) => {
    const { jwt, sign } = await issuer()
    const { rejected, told } = await asked({ jwt }, identity(5, await sign(change)))
    expect(rejected).toEqual([1, 2, 1])
    expect(told).toEqual([`rejected: user identity: the token ${words}`])
  })

  test('signed by somebody else, not at all, or by what is public, is rejected', async () => {
    const [{ jwt }, other] = [await issuer(), await issuer()]
    const claims = { iss: jwt.issuer, aud: jwt.audience, sub: 'joe', exp: 9e9 }
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.`
    const shared = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('x'.repeat(32)))
    for (const token of [await other.sign(), unsigned, shared, 'garbage', ''])
      expect((await asked({ jwt }, identity(5, token))).rejected).toEqual([1, 2, 1])
  })

  test('cannot be verified while the keys are not there', async () => {
    const { jwt, sign } = await issuer()
    const lost = await asked({ jwt: { ...jwt, keysFile: '/no/such/file' } }, identity(5, await sign()))
    expect(lost.told).toEqual(["rejected: user identity: the issuer's keys cannot be read from their file here"])
    const broken = { ...jwt, keysFile: await passcodeFile('no keys') }
    expect((await asked({ jwt: broken }, identity(5, await sign()))).told[0]).toContain(
      'neither a JSON Web Key Set nor a key',
    )
  })
})

describeWith(['storescu'], 'DCMTK storescu with a user identity', () => {
  test('stores with the right passcode and a positive response, and not with a wrong one', async () => {
    const scp = await recordingScp({ identity: { ...RULES, required: true, users: [await joe()] } })
    const send = async (...options: string[]) =>
      dcmtk('storescu', ...options, '-aec', 'MCADS', '127.0.0.1', String(scp.port), await dxFile())
    expect((await send('-usr', 'joe', '-pwd', 'correct horse', '-rsp')).exitCode).toBe(0)
    expect(scp.stored).toHaveLength(1)
    for (const options of [['-usr', 'joe', '-pwd', 'wrong', '-rsp'], ['-usr', 'joe', '-epw'], []])
      expect((await send(...options)).exitCode).not.toBe(0)
    expect(scp.stored).toHaveLength(1)
    expect(scp.told.filter((line) => line.startsWith('opened'))).toEqual(['opened: STORESCU as joe'])
  })

  test('goes without the positive response it asked for where users are not identified', async () => {
    const scp = await recordingScp()
    const run = await dcmtk('storescu', '-usr', 'joe', '-aec', 'MCADS', '127.0.0.1', String(scp.port), await dxFile())
    expect(run.exitCode).toBe(0)
  })
})
