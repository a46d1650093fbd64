import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config/read-config.ts'
import { Failure } from '../src/failure.ts'
import { temporaryFolder } from './support/needs.ts'

const EXAMPLE = join(import.meta.dirname, '../config/node.example.yaml')

function faults(environment: Record<string, string>, path?: string): string {
  try {
    readConfig(path, environment)
  } catch (error) {
    if (error instanceof Failure && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  throw new Error('no fault was found')
}

test('nothing configured gives working defaults that let nobody associate', () => {
  const config = readConfig(undefined, {})
  expect(config.dicom).toMatchObject({ aeTitle: 'MCADS', port: 11_112, peers: [] })
  expect(config.completion).toEqual({ quiet: 30_000, maximum: 900_000 })
  expect(config.storage.minimumFree).toBe(1e9)
  expect(Object.isFrozen(config.dicom)).toBe(true)
})

test('the example file is valid and shows the defaults', () => {
  const { dicom, destinations, ...example } = readConfig(EXAMPLE, {})
  const { dicom: dicomByDefault, destinations: none, ...byDefault } = readConfig(undefined, {})
  expect(example).toEqual(byDefault)
  expect({ ...dicom, peers: [] }).toEqual(dicomByDefault)
  expect(none).toEqual([])
  expect(destinations).toHaveLength(1)
})

test('environment variables override the file, nest at double underscores and may hold lists', () => {
  const config = readConfig(EXAMPLE, {
    MCADS_DICOM__PORT: '104',
    MCADS_DICOM__AE_TITLE: 'CHEST_AI',
    MCADS_DICOM__PEERS: '[{ "aeTitle": "CR1", "host": "10.1.0.0/16" }]',
    MCADS_MODEL__ALLOW_DEMONSTRATION: 'true',
    MCADS_CONFIG: 'names the file, is no key',
    HOME: '/root',
  })
  expect(config.dicom).toMatchObject({ port: 104, aeTitle: 'CHEST_AI', peers: [{ aeTitle: 'CR1' }] })
  expect(config.model.allowDemonstration).toBe(true)
})

test("variables that name no part of the configuration are somebody else's", () => {
  const kubernetes = { MCADS_PORT: 'tcp://10.0.0.1:11112', MCADS_SERVICE_HOST: '10.0.0.1', MCADS_PORT_11112_TCP: 'x' }
  expect(readConfig(undefined, kubernetes)).toEqual(readConfig(undefined, {}))
  expect(faults({ MCADS_DICOM__PROT: '104' })).toContain('dicom: unknown key prot')
})

test('durations and counts that could not work are refused', () => {
  for (const idle of ['0s', '30d', '-1s', '60']) expect(faults({ MCADS_DICOM__IDLE: idle })).toContain('dicom.idle')
  expect(faults({ MCADS_ANALYSIS__ATTEMPTS: '0' })).toContain('analysis.attempts')
})

test('a character set of a peer is what Specific Character Set may say, or refused', () => {
  const peers = (characterSet: string) => ({
    MCADS_DICOM__PEERS: JSON.stringify([{ aeTitle: 'CR1', host: '10.0.0.1', characterSet }]),
  })
  for (const value of ['ISO_IR 192', 'GB18030', '\\ISO 2022 IR 87', 'ISO 2022 IR 100\\ISO 2022 IR 144'])
    expect(readConfig(undefined, peers(value)).dicom.peers[0]?.characterSet).toBe(value)
  for (const value of ['latin1', '', 'ISO_IR 87', 'ISO_IR 100\\'])
    expect(faults(peers(value))).toContain('PS3.3 C.12.1.1.2')
})

test('a secret may come from a file', async () => {
  const file = join(await temporaryFolder(), 'url')
  await writeFile(file, 'postgresql://node@db/mcads\n')
  expect(readConfig(undefined, { MCADS_DATABASE__URL_FILE: file }).database.url).toBe('postgresql://node@db/mcads')
})

test('all faults are told at once, each with its path', async () => {
  const file = join(await temporaryFolder(), 'node.yaml')
  await writeFile(
    file,
    `dicom: { aeTitle: "MUCH TOO LONG AN AE TITLE", prot: 1 }
destinations: [{ name: pacs, aeTitle: P, host: h, port: 104 }, { name: Bad Name, aeTitle: P, host: h, port: 70000 }]
completion: { quiet: 30 }
colour: blue`,
  )
  const words = faults({ MCADS_DATABASE__URL_FILE: '/does/not/exist', MCADS_LOG__LEVEL: 'loud' }, file)
  for (const fault of [
    'MCADS_DATABASE__URL_FILE',
    'dicom.aeTitle',
    'dicom: unknown key prot',
    'destinations.1.name',
    'destinations.1.port',
    'completion.quiet',
    'log.level',
    'top level: unknown key colour',
  ])
    expect(words).toContain(fault)
})

test('values that contradict one another are refused', () => {
  expect(faults({ MCADS_COMPLETION__QUIET: '20m' })).toContain('completion.quiet')
  const twice = '[{name: a, aeTitle: A, host: h, port: 1}, {name: a, aeTitle: B, host: h, port: 2}]'
  expect(faults({ MCADS_DESTINATIONS: twice })).toContain('two are named a')
})

test('TLS without what it needs is refused', () => {
  const files = '"certificate": "c.pem", "key": "c.key"'
  expect(faults({ MCADS_DICOM__TLS: `{${files}}` })).toContain('dicom.tls.ca: whose certificates to accept')
  expect(faults({ MCADS_DICOM__TLS: `{${files}, "ca": "ca.pem", "port": 11112}` })).toContain('need a port each')
  expect(faults({ MCADS_DICOM__PORT: 'none' })).toContain('leaves no port to listen on')
  const half = '[{name: a, aeTitle: A, host: h, port: 1, tls: {key: a.key}}]'
  expect(faults({ MCADS_DESTINATIONS: half })).toContain('a.tls has one of certificate and key')
  const alone = { MCADS_DICOM__PORT: 'none', MCADS_DICOM__TLS: `{${files}, "mutual": false}` }
  expect(readConfig(undefined, alone).dicom).toMatchObject({
    port: 'none',
    tls: { port: 2762, minimumVersion: 'TLSv1.2' },
  })
})

test('rules on who may associate that do not go together are refused', () => {
  const peers = '[{aeTitle: A, host: 10.0.0.1, certificate: a.example}, {aeTitle: B, host: [10.0.0.2], plain: true}]'
  const called = '[{aeTitle: MCADS, peers: [A, C]}, {aeTitle: MCADS}]'
  const words = faults({
    MCADS_DICOM__PEERS: peers,
    MCADS_DICOM__CALLED_AE_TITLES: called,
    MCADS_DICOM__USER_IDENTITY: '{}',
  })
  for (const fault of [
    'A: a certificate can only be asked for with dicom.tls and its ca',
    'B: plain means something only with dicom.tls.required',
    'MCADS is there twice',
    'MCADS: C is not one of dicom.peers',
    'dicom.userIdentity: neither users nor jwt',
  ])
    expect(words).toContain(fault)
})

test('rules on models that speak of called AE titles under which nobody could come are refused', () => {
  const rules = '[{models: phantom-densenet, calledAeTitle: [PILOT, OTHER]}]'
  const called = '[{aeTitle: PILOT}]'
  const words = faults({ MCADS_MODELS__RULES: rules, MCADS_DICOM__CALLED_AE_TITLES: called })
  expect(words).toContain('models.rules.0: OTHER is no AE title of ours')
  expect(words).not.toContain('PILOT')
})

test('a missing file or one that is no mapping is told', async () => {
  expect(faults({}, '/does/not/exist.yaml')).toContain('/does/not/exist.yaml')
  const file = join(await temporaryFolder(), 'node.yaml')
  await writeFile(file, '- a list')
  expect(faults({}, file)).toContain('a mapping of keys is expected')
})

test('rules for models take one value or a list, and contradictions are told', () => {
  const rules = '[{models: a, view: AP, callingAeTitle: [ICU, ER]}, {models: [b, c]}]'
  expect(readConfig(undefined, { MCADS_MODELS__RULES: rules }).models.rules).toEqual([
    { models: ['a'], view: ['AP'], callingAeTitle: ['ICU', 'ER'] },
    { models: ['b', 'c'] },
  ])
  const message = faults({
    MCADS_MODELS__RULES: '[{models: a}, {models: b, view: PA}]',
    MCADS_MODELS__EXPLANATIONS: '{c: pli}',
  })
  expect(message).toMatch(/models\.rules\.0: has no condition, so no rule after it is ever reached/)
  expect(message).toMatch(/models\.explanations\.c: no rule uses this model/)
})
