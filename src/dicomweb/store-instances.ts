import { randomUUID } from 'node:crypto'
import { asFailure, Failure } from '../failure.ts'
import { httpFailure } from './http-failure.ts'
import { multipartOf } from './multipart.ts'
import { nameOf, type OriginServer } from './origin-server.ts'
import { sendRequest, type WebAnswer } from './send-request.ts'
import { parseStoreResponse, type StoreAnswer } from './store-response.ts'

/** A Part 10 file to store. */
export type WebInstance = { readonly path: string; readonly sopInstanceUid: string }

/** The server's status (Warning and Failure too), or why there is none. */
export type WebOutcome = StoreAnswer | Failure
type OnResult<I> = (instance: I, outcome: WebOutcome) => void | Promise<void>

/**
 * Stores instances by STOW-RS, PS3.18 section 10.5, `atOnce` in a request. Every instance gets exactly one outcome. A
 * request whose content is refused whole is repeated one instance at a time, so that one instance spoils no other; any
 * other failure is the outcome of all that were not answered. Throws only what `onResult` throws.
 */
export async function storeByWeb<I extends WebInstance>(
  server: OriginServer,
  instances: readonly I[],
  { atOnce, onResult }: { atOnce: number; onResult: OnResult<I> },
): Promise<void> {
  const batches: (readonly I[])[] = []
  for (let first = 0; first < instances.length; first += atOnce) batches.push(instances.slice(first, first + atOnce))
  let down: Failure | undefined
  for (let batch = batches.shift(); batch; batch = batches.shift()) {
    const answer: Answer = down ? { failure: down, ofContent: false } : await storeBatch(server, batch)
    if (answer.failure && answer.ofContent && batch.length > 1) {
      batches.unshift(...batch.map((instance) => [instance]))
      continue
    }
    if (answer.failure && !answer.ofContent) down = answer.failure
    for (const instance of batch)
      await onResult(instance, answer.failure ?? answer.outcomes.get(instance.sopInstanceUid) ?? unnamed(server))
  }
}

/** What is said of each instance; or why the request was refused whole, and whether for what was in it. */
type Answer =
  | { readonly failure?: never; readonly outcomes: ReadonlyMap<string, StoreAnswer> }
  | { readonly failure: Failure; readonly ofContent: boolean }

/** Told of what was sent, not of us or of the server: Bad Request, Conflict, Content Too Large, Unprocessable Content. */
const OF_CONTENT: readonly number[] = [400, 409, 413, 415, 422, 500]

async function storeBatch(server: OriginServer, batch: readonly WebInstance[]): Promise<Answer> {
  try {
    return answerOf(server, await post(server, batch), batch)
  } catch (error) {
    return { failure: asFailure(error, 'INTERNAL'), ofContent: false }
  }
}

async function post(server: OriginServer, batch: readonly WebInstance[]): Promise<WebAnswer> {
  const { contentType, contentLength, body } = await multipartOf(
    batch.map(({ path }) => path),
    randomUUID(),
  )
  const headers = { accept: 'application/dicom+json', 'content-type': contentType, 'content-length': contentLength }
  return sendRequest(server, { method: 'POST', path: 'studies', headers, body })
}

function answerOf(server: OriginServer, answer: WebAnswer, batch: readonly WebInstance[]): Answer {
  const { status, retryAfter, body } = answer
  const succeeded = status >= 200 && status < 300
  const outcomes = succeeded ? parseStoreResponse(body) : namedOf(body)
  if (outcomes.size > 0) return { outcomes }
  if (!succeeded)
    return { failure: httpFailure(nameOf(server), status, retryAfter), ofContent: OF_CONTENT.includes(status) }
  // 200: "successfully stored all Instances", PS3.18 Table 10.5.3-1, with or without saying so for each.
  if (status === 200 && body.length === 0)
    return { outcomes: new Map(batch.map(({ sopInstanceUid }) => [sopInstanceUid, { status: 0, comment: '' }])) }
  return { failure: unnamed(server), ofContent: false }
}

/** A page of a gateway in the way names nothing; what failed is told by its HTTP status. */
function namedOf(body: Buffer): ReadonlyMap<string, StoreAnswer> {
  try {
    return parseStoreResponse(body)
  } catch {
    return new Map()
  }
}

const unnamed = (server: OriginServer) =>
  new Failure('PEER_NOT_UNDERSTOOD', `${nameOf(server)} answered without saying what became of an instance`)
