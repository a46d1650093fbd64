import type { SecureContextOptions } from 'node:tls'

export type MinimumVersion = 'TLSv1.2' | 'TLSv1.3'

/**
 * What BCP 195 (RFC 9325 sections 4.2 and 4.2.1) recommends, to which the profiles of PS3.15 Annex B refer: with TLS 1.2
 * forward secrecy and authenticated encryption only, and all of TLS 1.3. TLS 1.0 and 1.1 are not spoken (RFC 8996).
 */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
]

export const profile = (minVersion: MinimumVersion): SecureContextOptions => ({
  ciphers: CIPHERS.join(':'),
  honorCipherOrder: true,
  minVersion,
})
