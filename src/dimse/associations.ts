import type { Origin } from './origin.ts'
import { localLimitExceeded, type Rejection } from './rejection.ts'
import type { Limits } from './scp-options.ts'
import type { StorageAssociation } from './storage-association.ts'

/** The associations of one SCP, and whether there is room for more. */
export class Associations {
  readonly #all = new Set<StorageAssociation>()
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.#limits = limits
  }

  add(association: StorageAssociation): void {
    this.#all.add(association)
    association.closed.finally(() => this.#all.delete(association))
  }

  all(): StorageAssociation[] {
    return [...this.#all]
  }

  /** A connection that would be one too many before an association; `handshakes` are those not even here. */
  crowded(remoteAddress: string, handshakes: readonly string[]): boolean {
    const negotiating = this.all().flatMap((each) => (each.negotiating ? [each.origin.remoteAddress] : []))
    const before = [...negotiating, ...handshakes]
    const { beforeNegotiation, beforeNegotiationPerAddress } = this.#limits
    const same = before.filter((each) => each === remoteAddress)
    return before.length >= beforeNegotiation || same.length >= beforeNegotiationPerAddress
  }

  full(callingAeTitle: string, { remoteAddress }: Origin): Rejection | undefined {
    const established = this.all().filter((each) => each.established)
    const { associations, associationsPerAddress, associationsPerAeTitle } = this.#limits
    if (established.length >= associations) return localLimitExceeded(`${associations} associations are open`)
    const ofAddress = established.filter(({ origin }) => origin.remoteAddress === remoteAddress)
    if (ofAddress.length >= associationsPerAddress)
      return localLimitExceeded(`${associationsPerAddress} associations are open from ${remoteAddress}`)
    const ofAeTitle = established.filter(({ peer }) => peer?.callingAeTitle === callingAeTitle)
    if (ofAeTitle.length >= associationsPerAeTitle)
      return localLimitExceeded(`${associationsPerAeTitle} associations of '${callingAeTitle}' are open`)
    return undefined
  }
}
