import type { z } from 'zod'
import type { dicom } from './receiver-section.ts'

type Dicom = z.infer<typeof dicom>

type Rule = { readonly calledAeTitle?: readonly string[] | undefined }

/** Rules on models that speak of called AE titles under which nobody could come. */
export function aeTitleContradictions({ aeTitle, calledAeTitles }: Dicom, rules: readonly Rule[]): string[] {
  const ours: readonly string[] = [aeTitle, ...calledAeTitles.map((each) => each.aeTitle)]
  return rules.flatMap(({ calledAeTitle = [] }, at) =>
    calledAeTitle
      .filter((each) => !ours.includes(each))
      .map((each) => `models.rules.${at}: ${each} is no AE title of ours`),
  )
}

/** What of the rules on who may associate does not go together. */
export function accessContradictions({ tls, peers, calledAeTitles, userIdentity }: Dicom): string[] {
  const faults: string[] = []
  const known = peers.map(({ aeTitle }) => aeTitle)
  for (const { aeTitle, certificate, plain } of peers) {
    if (certificate !== undefined && tls?.ca === undefined)
      faults.push(`dicom.peers: ${aeTitle}: a certificate can only be asked for with dicom.tls and its ca`)
    if (certificate !== undefined && plain)
      faults.push(`dicom.peers: ${aeTitle}: over plain TCP no certificate is shown`)
    if (plain !== undefined && !tls?.required)
      faults.push(`dicom.peers: ${aeTitle}: plain means something only with dicom.tls.required`)
  }
  const titles = calledAeTitles.map(({ aeTitle }) => aeTitle)
  for (const twice of new Set(titles.filter((each, index) => titles.indexOf(each) !== index)))
    faults.push(`dicom.calledAeTitles: ${twice} is there twice`)
  for (const { aeTitle, peers: callers } of calledAeTitles)
    for (const caller of callers ?? [])
      if (!known.includes(caller)) faults.push(`dicom.calledAeTitles: ${aeTitle}: ${caller} is not one of dicom.peers`)
  if (userIdentity && userIdentity.users.length === 0 && !userIdentity.jwt)
    faults.push('dicom.userIdentity: neither users nor jwt says who could be identified')
  return faults
}
