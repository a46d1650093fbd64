/** What a person looks for in a message, read from the XML that this node writes. */
export type MessageFacts = {
  readonly at: string
  readonly event: string
  readonly type: string | undefined
  readonly action: string | undefined
  readonly outcome: number
  readonly words: string | undefined
  /** Who asked for it. */
  readonly requestor: string | undefined
  readonly studyInstanceUid: string | undefined
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const plain = (xml: string) =>
  xml.replace(/&(?:#(\d+)|(\w+));/g, (_, code?: string, name = '') =>
    code ? String.fromCharCode(Number(code)) : (ENTITIES[name] ?? ''),
  )

function attribute(xml: string, element: string, name: string, also = ''): string | undefined {
  const value = new RegExp(`<${element} (?=[^>]*${also})[^>]*?\\b${name}="([^"]*)"`).exec(xml)?.[1]
  return value === undefined ? undefined : plain(value)
}

export function messageFacts(xml: string): MessageFacts {
  const words = /<EventOutcomeDescription>([^<]*)</.exec(xml)?.[1]
  const study = /ParticipantObjectID="([^"]*)"[^>]*><ParticipantObjectIDTypeCode csd-code="110180"/.exec(xml)?.[1]
  return {
    at: attribute(xml, 'EventIdentification', 'EventDateTime') ?? '',
    event: attribute(xml, 'EventID', 'originalText') ?? '',
    type: attribute(xml, 'EventTypeCode', 'originalText'),
    action: attribute(xml, 'EventIdentification', 'EventActionCode'),
    outcome: Number(attribute(xml, 'EventIdentification', 'EventOutcomeIndicator')),
    words: words === undefined ? undefined : plain(words),
    requestor: attribute(xml, 'ActiveParticipant', 'UserID', 'UserIsRequestor="true"'),
    studyInstanceUid: study,
  }
}
