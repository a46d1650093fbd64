import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { Failure } from '../failure.ts'

/** How long a name's addresses are believed. */
const LOOKUP_LIFE_MS = 60_000

/** `::ffff:10.0.0.5` is 10.0.0.5; a zone (`%eth0`) is left out. */
export function normalAddress(address: string): string {
  const [plain = ''] = address.split('%')
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain) ?? []
  return mapped ?? plain
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

function addRange(list: BlockList, host: string): void {
  const [address = '', prefix] = host.split('/')
  const normal = normalAddress(address)
  if (prefix === undefined) list.addAddress(normal, familyOf(normal))
  else list.addSubnet(normal, Number(prefix), familyOf(normal))
}

const isRange = (host: string) => isIP(host.split('/')[0] ?? '') !== 0

/** @throws Failure CONFIG_INVALID for an address range that is none */
export function checkHost(host: string): void {
  try {
    if (isRange(host)) addRange(new BlockList(), host)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${host} is not a range of addresses`, { cause })
  }
}

export type RemoteHosts = {
  /** Whether an address is the host's: an IP address, a range (`10.0.0.0/24`), or a name that resolves to it. */
  includes(host: string, remoteAddress: string): Promise<boolean>
}

/** A name that does not resolve has no addresses; names are looked up again after a minute. */
export function openRemoteHosts(): RemoteHosts {
  const resolved = new Map<string, { until: number; list: Promise<BlockList> }>()
  const resolve = async (name: string): Promise<BlockList> => {
    const list = new BlockList()
    const addresses = await lookup(name, { all: true }).catch(() => [])
    for (const { address } of addresses) addRange(list, address)
    return list
  }
  const listOf = (host: string): Promise<BlockList> => {
    const known = resolved.get(host)
    if (known && Date.now() < known.until) return known.list
    const list = isRange(host) ? rangeOf(host) : resolve(host)
    resolved.set(host, { until: Date.now() + LOOKUP_LIFE_MS, list })
    return list
  }
  return {
    async includes(host, remoteAddress) {
      const address = normalAddress(remoteAddress)
      return (await listOf(host)).check(address, familyOf(address))
    },
  }
}

async function rangeOf(host: string): Promise<BlockList> {
  const list = new BlockList()
  addRange(list, host)
  return list
}
