import { expect, test } from 'vitest'
import { proxyFor } from '../../src/files/proxy.ts'

const proxy = (url: string, environment: Record<string, string>) => proxyFor(new URL(url), environment)?.href

test('https_proxy is for HTTPS and http_proxy for HTTP, in lower or upper case, all_proxy for both', () => {
  const environment = { HTTPS_PROXY: 'http://a:1', http_proxy: 'http://b:2' }
  expect(proxy('https://example.org/', environment)).toBe('http://a:1/')
  expect(proxy('http://example.org/', environment)).toBe('http://b:2/')
  expect(proxy('https://example.org/', { all_proxy: 'c:3' })).toBe('http://c:3/')
  expect(proxy('https://example.org/', {})).toBeUndefined()
})

test.each([
  ['example.org', false],
  ['.example.org', false],
  ['other.org, github.example.org', false],
  ['*', false],
  ['github.example.org:443', false],
  ['github.example.org:8443', true],
  ['ample.org', true],
  ['', true],
])('no_proxy=%j: through the proxy is %s', (exempt, through) => {
  const environment = { https_proxy: 'http://a:1', no_proxy: exempt }
  expect(proxy('https://github.example.org/x', environment) !== undefined).toBe(through)
})
