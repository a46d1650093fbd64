import { hostname } from 'node:os'

/** Facility 10, security/authorization; severity 5, normal but significant: PS3.15 A.6. */
const PRIORITY = 10 * 8 + 5
const MESSAGE_ID = 'DICOM+RFC3881'
const APPLICATION = 'mcads'
const BYTE_ORDER_MARK = '\ufeff'

const machine =
  hostname()
    .replace(/[^\x21-\x7e]/g, '-')
    .slice(0, 255) || '-'

/** An audit message as RFC 5424 section 6 has it, its time that of the event. */
export function syslogMessage(xml: string): Buffer {
  const time = /EventDateTime="([^"]+)"/.exec(xml)?.[1] ?? '-'
  return Buffer.from(
    `<${PRIORITY}>1 ${time} ${machine} ${APPLICATION} ${process.pid} ${MESSAGE_ID} - ${BYTE_ORDER_MARK}${xml}`,
  )
}

/** Octet counting, RFC 5425 section 4.3. */
export const countedFrame = (message: Buffer): Buffer => Buffer.concat([Buffer.from(`${message.length} `), message])
