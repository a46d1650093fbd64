import type { Urgency } from './study-state.ts'

export const STUDY_OUTCOMES = ['positive', 'negative', 'not analysed'] as const
type StudyOutcome = (typeof STUDY_OUTCOMES)[number]

/** Which studies' results go somewhere: every condition that is there has to hold. */
export type Rule = {
  /** AE titles of which one has sent the study, and of ours of which one was called. */
  readonly callingAeTitles?: readonly string[] | undefined
  readonly calledAeTitles?: readonly string[] | undefined
  readonly outcomes?: readonly StudyOutcome[] | undefined
  /** Labels of which one is at or above its operating point. */
  readonly findings?: readonly string[] | undefined
}

/** What a rule looks at. */
export type RoutingFacts = {
  readonly callingAeTitles: readonly string[]
  readonly calledAeTitles: readonly string[]
  /** Undefined when the study was not analysed. */
  readonly positives: readonly string[] | undefined
}

export type Routing = {
  readonly destinations: readonly {
    readonly name: string
    /** Of a DICOM destination: results return to the sender of this AE title by it. */
    readonly aeTitle?: string | undefined
    /** `returned`: nothing but what returns to the sender. */
    readonly when?: Rule | 'returned' | undefined
  }[]
  /** Results also return to whom the study came from. */
  readonly returnToSender?: Rule | undefined
  /** Findings that cannot wait. */
  readonly urgent: readonly string[]
}

export type Routed = {
  /** Names, each once. */
  readonly destinations: readonly string[]
  readonly urgency: Urgency
  /** AE titles that the results should return to, and that no destination has. */
  readonly unknownSenders: readonly string[]
}

const outcomeOf = ({ positives }: RoutingFacts): StudyOutcome => {
  if (positives === undefined) return 'not analysed'
  return positives.length > 0 ? 'positive' : 'negative'
}

function holds(rule: Rule, facts: RoutingFacts): boolean {
  const { callingAeTitles, calledAeTitles, outcomes, findings } = rule
  const meets = (wanted: readonly string[] | undefined, found: readonly string[]) =>
    wanted === undefined || wanted.some((each) => found.includes(each))
  return (
    meets(callingAeTitles, facts.callingAeTitles) &&
    meets(calledAeTitles, facts.calledAeTitles) &&
    meets(outcomes, [outcomeOf(facts)]) &&
    meets(findings, facts.positives ?? [])
  )
}

/** Where a study's results go, and how soon. */
export function route({ destinations, returnToSender, urgent }: Routing, facts: RoutingFacts): Routed {
  const returning = returnToSender && holds(returnToSender, facts) ? facts.callingAeTitles : []
  const back = new Map(
    returning.map((aeTitle) => [aeTitle, destinations.find((each) => each.aeTitle === aeTitle)?.name]),
  )
  const wanted = ({ name, when = {} }: Routing['destinations'][number]) =>
    (when !== 'returned' && holds(when, facts)) || [...back.values()].includes(name)
  const positives = facts.positives ?? []
  return {
    destinations: destinations.filter(wanted).map(({ name }) => name),
    urgency: positives.some((label) => urgent.includes(label)) ? 0 : positives.length > 0 ? 1 : 2,
    unknownSenders: [...back].flatMap(([aeTitle, name]) => (name === undefined ? [aeTitle] : [])),
  }
}
