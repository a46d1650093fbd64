import type { Failure } from '../failure.ts'

/** Codes and our own words only: messages of foreign errors may quote what they choked on. */
export const causeOf = (failure: Failure) => ({ code: failure.code, retry: failure.retry, words: failure.message })
