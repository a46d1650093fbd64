/** Who may associate. */
export type KnownPeer = {
  /** The calling AE title. */
  readonly aeTitle: string
  /** Where it may call from: IP addresses, ranges in CIDR notation, or names. */
  readonly host: string | readonly string[]
  /** What the certificate it shows has to be: one of its names, or `sha256:` and its fingerprint. Over TLS only, then. */
  readonly certificate?: string | undefined
  /** Whether it may come over plain TCP although others have to come over TLS. */
  readonly plain?: boolean | undefined
}

/** An AE title that is ours, and the calling AE titles of those who may call it: all that are listed when absent. */
export type CalledAe = { readonly aeTitle: string; readonly peers?: readonly string[] | undefined }

export const hostsOf = ({ host }: KnownPeer): readonly string[] => [host].flat()

const plainly = (aeTitle: string) => aeTitle.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Whether two AE titles that differ could be meant for one another: by case, by what is no letter, by one character. */
export function lookAlike(one: string, other: string): boolean {
  const [a, b] = [plainly(one), plainly(other)].sort((left, right) => left.length - right.length)
  if (a === undefined || b === undefined || b.length - a.length > 1 || a.length < 2) return a === b
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return a.slice(a.length === b.length ? at + 1 : at) === b.slice(at + 1)
}
