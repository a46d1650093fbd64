import { copyFile, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import { openMetrics } from '../../src/observe/metrics.ts'
import { openCertificates } from '../../src/roles/certificates.ts'
import { Authority, type Issued } from '../support/certificates.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { until } from '../support/recording-scp.ts'

/** Certificates in use as `dicom.tls`, in files whose content a test replaces. */
async function inUse() {
  const authority = await Authority.open()
  const folder = await temporaryFolder()
  const files = { certificate: join(folder, 'tls.pem'), key: join(folder, 'tls.key'), ca: authority.ca }
  const put = async (what: keyof Issued, from: string) => {
    await copyFile(from, `${files[what]}.new`)
    await rename(`${files[what]}.new`, files[what])
  }
  const replace = async (issued: Issued) => {
    await put('key', issued.key)
    await put('certificate', issued.certificate)
  }
  await replace(await authority.issue({ commonName: 'first' }))
  const lines: { msg: string; words?: string }[] = []
  const metrics = openMetrics()
  const events = openEvents(openLogger('info', { write: (line) => void lines.push(JSON.parse(line)) }), metrics)
  const certificates = await openCertificates(events, 'dicom', new Map([['tls', files]]))
  onTestFinished(() => certificates[Symbol.asyncDispose]())
  const subject = () => certificates.current('tls').own[0]?.subject
  return { authority, files, put, replace, lines, metrics, subject }
}

const lookNow = () => process.emit('SIGHUP', 'SIGHUP')

describeWith(['openssl'], 'certificates in use', () => {
  test('are read again at SIGHUP, and their expiry is a metric', async () => {
    const { authority, replace, metrics, subject, lines } = await inUse()
    expect(subject()).toBe('CN=first')
    await replace(await authority.issue({ commonName: 'second', days: 20 }))
    lookNow()
    await until(() => subject() === 'CN=second')
    expect(lines.map(({ msg, words }) => `${msg}: ${words}`)).toContain(
      "certificate in use: 'CN=second' of 'CN=Test Authority'",
    )
    const text = await metrics.registry.metrics()
    const [, seconds] =
      /mcads_certificate_expiry_timestamp_seconds\{certificate="dicom.tls.certificate"\} (\d+)/.exec(text) ?? []
    expect(Number(seconds) - Date.now() / 1000).toBeGreaterThan(19 * 86_400)
    expect(text).toContain('mcads_certificate_expiry_timestamp_seconds{certificate="dicom.tls.ca"}')
  })

  test('are read again by themselves when their files change', async () => {
    const { authority, replace, subject } = await inUse()
    await replace(await authority.issue({ commonName: 'second' }))
    await until(() => subject() === 'CN=second', 15_000)
  }, 20_000)

  test.each<[string, (use: Awaited<ReturnType<typeof inUse>>) => Promise<void>, RegExp]>([
    [
      'no certificate',
      ({ files }) => writeFile(files.certificate, 'not PEM'),
      /tls\.pem holds no certificate in PEM form/,
    ],
    ['no key', ({ files }) => writeFile(files.key, 'not PEM'), /tls\.key holds no private key in PEM form/],
    [
      'the key of another certificate',
      async ({ authority, put }) => put('key', (await authority.issue({ commonName: 'other' })).key),
      /tls\.key is not the key of the certificate in .*tls\.pem/,
    ],
    [
      'a certificate that has expired',
      async ({ authority, replace }) => replace(await authority.issue({ commonName: 'late', days: -1 })),
      /^it expired on \d{4}-/,
    ],
  ])('stay when the new ones are not usable: %s; and that is told once', async (_name, spoil, words) => {
    const use = await inUse()
    await spoil(use)
    lookNow()
    const told = () => use.lines.filter(({ msg }) => msg === 'new certificate not taken, the old one stays in use')
    await until(() => told().length > 0)
    lookNow()
    expect(told().map((line) => line.words)).toEqual([expect.stringMatching(words)])
    expect(use.subject()).toBe('CN=first')
    expect(JSON.stringify(use.lines)).not.toContain('PRIVATE KEY')
    const good = await use.authority.issue({ commonName: 'mended' })
    await use.replace(good)
    await utimes(use.files.key, new Date(), new Date())
    lookNow()
    await until(() => use.subject() === 'CN=mended')
  })

  test('that cannot be used at the start keep the node from starting', async () => {
    const { files } = await inUse()
    await writeFile(files.key, 'not PEM')
    const events = openEvents(openLogger('error', { write: () => {} }), openMetrics())
    await expect(openCertificates(events, 'dicom', new Map([['tls', files]]))).rejects.toMatchObject({
      code: 'CERTIFICATE_INVALID',
    })
  })
})
