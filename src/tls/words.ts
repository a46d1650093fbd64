/** What OpenSSL and Node.js mean, in words of a PACS administrator; `we` is this node. */
const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet: compare the clocks',
  CERT_REVOKED: 'its authority has revoked it',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  CRL_HAS_EXPIRED: 'the list of what its authority has revoked (crl) has expired: fetch a new one',
  CRL_NOT_YET_VALID: 'the list of what its authority has revoked (crl) is not valid yet: compare the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself and not listed in our ca',
  INVALID_PURPOSE: 'it is not made for this end of a connection (extended key usage)',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority it comes from is not in our ca',
  UNABLE_TO_GET_CRL: 'our crl holds no list of its authority',
  UNABLE_TO_GET_ISSUER_CERT: 'the authority it comes from is not in our ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the authority it comes from is not in our ca, or an intermediate is not sent along',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the authority it comes from is not in our ca, or an intermediate is not sent along',

  ECONNRESET: 'the peer closed the connection during the handshake',
  EPROTO: 'the peer broke off the handshake',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the name we call it by is not the name in its certificate (set servername, or correct host)',
  ERR_SSL_HTTP_REQUEST: 'plain HTTP came where TLS is spoken',
  ERR_SSL_NO_SHARED_CIPHER: 'the peer offers no cipher suite of BCP 195',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what came is not TLS: one side speaks plain DICOM, or another protocol',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the peer does not like our certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the peer says that our certificate has expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'the peer says that our certificate is revoked',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the peer does not accept our certificate',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the peer found nothing in common with us, or wants a certificate of ours',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'the peer says that our certificate is not made for this end',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the peer wants a certificate of ours',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'the peer denies us access',
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR:
    'the peer cannot verify our signature: key and certificate may not belong together',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the peer speaks older versions of TLS only',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the peer does not know the authority that our certificate comes from',
  ERR_SSL_UNEXPECTED_EOF_WHILE_READING: 'the peer closed the connection during the handshake',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the peer speaks older versions of TLS only',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what came is not TLS: one side speaks plain DICOM, or another protocol',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the peer did not finish the handshake in time',
}

/** What the code of a TLS error means; the code itself where we have no words. */
export const tlsWords = (code: string): string => WORDS[code] ?? code

/** Whether it is TLS that failed rather than the way to the peer. */
export const isTlsCode = (code: string): boolean => code in WORDS || /^ERR_(?:SSL|TLS)_|CERT|CRL/.test(code)

/** Codes of a certificate that was not accepted by us, from OpenSSL and Node.js. */
const VERIFICATION = /^(?!ERR_SSL).*(?:CERT|CRL|INVALID_PURPOSE|UNABLE_TO)/

/** Why TLS failed with a peer that we called. */
export const tlsFault = (code: string): string =>
  VERIFICATION.test(code) ? `the peer's certificate is not accepted: ${tlsWords(code)}` : tlsWords(code)
