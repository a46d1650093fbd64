type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** `.example.org`, `example.org`, `host:8080` or `*`, as curl reads NO_PROXY. */
function isExempt({ hostname, port, protocol }: URL, pattern: string): boolean {
  if (pattern === '*') return true
  const [, host = '', wantedPort] = /^\.?(.+?)(?::(\d+))?$/.exec(pattern) ?? []
  if (wantedPort !== undefined && wantedPort !== (port || DEFAULT_PORT[protocol])) return false
  return hostname === host || hostname.endsWith(`.${host}`)
}

/** The proxy for a URL by https_proxy, http_proxy, all_proxy and no_proxy, in lower or upper case. */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const read = (name: string) => environment[name] || environment[name.toUpperCase()]
  const exempt = (read('no_proxy') ?? '').toLowerCase().split(/[\s,]+/)
  if (exempt.some((pattern) => pattern !== '' && isExempt(url, pattern))) return undefined
  const address = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? read('all_proxy')
  if (!address) return undefined
  return new URL(address.includes('://') ? address : `http://${address}`)
}
