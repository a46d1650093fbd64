import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../failure.ts'

/** How long a name's addresses are believed. */
const LOOKUP_LIFE_MS = 60_000
/** How long a lookup may hold up an association request; ARTIM is longer. */
const LOOKUP_MS = 3000

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
  /**
   * Whether an address is the host's: an IP address, a range (`10.0.0.0/24`), or a name that resolves to it. Nobody
   * knows while a name has never been resolved.
   */
  includes(host: string, remoteAddress: string): Promise<boolean | 'unresolved'>
}

type LookUp = (name: string) => Promise<readonly string[]>
type Known = { readonly list: BlockList; readonly until: number }

const addressesOf: LookUp = async (name) => (await lookup(name, { all: true })).map(({ address }) => address)

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  return list
}

/** Names are looked up again after a minute; while that fails, at each question, their last addresses hold. */
export function openRemoteHosts(lookUp: LookUp = addressesOf): RemoteHosts {
  const known = new Map<string, Known>()
  const underWay = new Map<string, Promise<void>>()
  const lookUpOnce = async (name: string): Promise<void> => {
    try {
      known.set(name, { list: listOf(await lookUp(name)), until: Date.now() + LOOKUP_LIFE_MS })
    } catch {
      // What is known stays; who asks next, tries again.
    } finally {
      underWay.delete(name)
    }
  }
  const resolve = async (name: string): Promise<BlockList | undefined> => {
    if (Date.now() >= (known.get(name)?.until ?? 0)) {
      const lookingUp = underWay.get(name) ?? lookUpOnce(name)
      underWay.set(name, lookingUp)
      await Promise.race([lookingUp, sleep(LOOKUP_MS, undefined, { ref: false })])
    }
    return known.get(name)?.list
  }
  return {
    async includes(host, remoteAddress) {
      const address = normalAddress(remoteAddress)
      const list = isRange(host) ? listOf([host]) : await resolve(host)
      return list?.check(address, familyOf(address)) ?? 'unresolved'
    },
  }
}
