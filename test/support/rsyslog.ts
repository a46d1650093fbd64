import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Issued } from './certificates.ts'
import { freePort, stop, untilListening } from './dcmtk.ts'

type Tls = Issued & { readonly ca: string }

const TLS = ({ certificate, key, ca }: Tls) => `
global(DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="${ca}"
  DefaultNetstreamDriverCertFile="${certificate}" DefaultNetstreamDriverKeyFile="${key}")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
`

const CONFIGURATION = (folder: string, input: string) => `
global(workDirectory="${folder}" maxMessageSize="64k")
${input}
template(name="raw" type="string" string="%pri% %app-name% %msgid% %timestamp:::date-rfc3339% %msg%\\n")
action(type="omfile" file="${join(folder, 'received')}" template="raw")
`

/** An rsyslogd as audit repository: mutual TLS with certificates, UDP without. `started` at once unless told to wait. */
export async function rsyslog(folder: string, tls?: Tls) {
  const port = await freePort()
  const kind = tls ? 'imtcp' : 'imudp'
  const input = `${tls ? TLS(tls) : 'module(load="imudp")'}\ninput(type="${kind}" address="127.0.0.1" port="${port}")`
  const path = join(folder, 'rsyslog.conf')
  await writeFile(path, CONFIGURATION(folder, input))
  const received = async () => {
    const text = await readFile(join(folder, 'received'), 'utf8').catch(() => '')
    return text.split('\n').filter((line) => line !== '')
  }
  const start = async () => {
    const child = spawn('/usr/sbin/rsyslogd', ['-n', '-f', path, '-i', join(folder, 'rsyslog.pid')], {
      stdio: 'ignore',
    })
    onTestFinished(() => stop(child))
    if (tls) await untilListening(port)
    return () => stop(child)
  }
  return { port, received, start }
}
