import type { Delivery, DeliveryAnswer } from '../db/schema.ts'
import type { StudyView } from '../db/study-view.ts'
import { statusCode } from '../dimse/status.ts'
import { table } from './output.ts'

type Shown = Pick<StudyView, 'results' | 'deliveries' | 'answers'>

const time = (date: Date) => date.toISOString().slice(0, 19).replace('T', ' ')
const words = (...parts: (string | null)[]) => parts.filter((each) => each !== null && each !== '').join(': ')
const status = (value: number | null) => (value === null ? '' : statusCode(value))

function whatOf({ results }: Shown, resultId: string): string {
  const result = results.find(({ id }) => id === resultId)
  return `${result?.kind ?? ''} ${result?.label ?? ''}`.trim()
}

/** Whose word it is that a result was kept, whether it came late, and what was sent in its stead. */
function remarks({ results }: Shown, delivery: Delivery): string {
  const sent = results.find(({ id }) => id === delivery.sentResultId)
  const { supersededAt, recallId } = results.find(({ id }) => id === delivery.resultId) ?? {}
  return [
    recallId ? 'recalled' : supersededAt && 'superseded',
    delivery.state === 'withdrawn' && delivery.offeredAt && 'offered before',
    delivery.confirmedBy && `by ${delivery.confirmedBy}`,
    delivery.late && 'late',
    sent?.alternativeOf && `as ${sent.sopClassUid}`,
    delivery.losses > 0 && `lost ${delivery.losses} times`,
    words(delivery.reasonCode, delivery.comment),
  ]
    .filter(Boolean)
    .join('; ')
}

function deliveriesTable(shown: Shown): string {
  const rows = shown.deliveries.map((delivery) => [
    delivery.destination,
    whatOf(shown, delivery.resultId),
    delivery.state,
    status(delivery.status),
    String(delivery.attempts),
    remarks(shown, delivery),
  ])
  return table(['destination', 'result', 'state', 'status', 'attempts', 'remarks'], rows)
}

/** What says no more than the state does. */
const isPlain = ({ question, status, reasonCode, comment }: DeliveryAnswer) =>
  reasonCode === null && ((question === 'store' && status === 0 && !comment) || comment === 'kept')

function answersTable(shown: Shown): string | undefined {
  const byId = new Map(shown.deliveries.map((delivery) => [delivery.id, delivery]))
  const rows = shown.answers
    .filter((answer) => !isPlain(answer))
    .map((answer) => {
      const delivery = byId.get(answer.deliveryId)
      return [
        time(answer.lastAt),
        delivery?.destination ?? '',
        whatOf(shown, delivery?.resultId ?? ''),
        answer.question,
        status(answer.status),
        String(answer.times),
        words(answer.reasonCode, answer.comment),
      ]
    })
  if (rows.length === 0) return undefined
  return table(['last (UTC)', 'destination', 'result', 'asked', 'status', 'times', 'answer'], rows)
}

/** Where the results went and what became of them; what was answered on the way, where that says more. */
export function deliveriesText(shown: Shown): string {
  return [deliveriesTable(shown), answersTable(shown)].filter((each) => each !== undefined).join('\n\n')
}
