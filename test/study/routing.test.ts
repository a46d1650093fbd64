import { describe, expect, test } from 'vitest'
import { type Routing, type RoutingFacts, type Rule, route } from '../../src/study/routing.ts'

const facts = (more: Partial<RoutingFacts> = {}): RoutingFacts => ({
  callingAeTitles: ['CR1'],
  calledAeTitles: ['MCADS'],
  positives: ['Effusion'],
  ...more,
})

const to = (when: Rule | 'returned' | undefined, more: Partial<Routing> = {}): Routing => ({
  destinations: [{ name: 'pacs', when }],
  urgent: [],
  ...more,
})

const goes = (routing: Routing, of: RoutingFacts) => route(routing, of).destinations.length > 0

describe('a destination gets', () => {
  test('every study when there is no rule', () => {
    expect(goes(to(undefined), facts())).toBe(true)
    expect(goes(to({}), facts({ positives: undefined }))).toBe(true)
  })

  test('the studies of which an instance came from, or to, one of the AE titles', () => {
    const rule = { callingAeTitles: ['CR1', 'CR2'], calledAeTitles: ['PILOT'] }
    expect(goes(to(rule), facts({ calledAeTitles: ['PILOT'] }))).toBe(true)
    expect(goes(to(rule), facts({ callingAeTitles: ['PACS', 'CR2'], calledAeTitles: ['MCADS', 'PILOT'] }))).toBe(true)
    expect(goes(to(rule), facts())).toBe(false)
    expect(goes(to(rule), facts({ callingAeTitles: ['PACS'], calledAeTitles: ['PILOT'] }))).toBe(false)
  })

  test.each([
    ['positive', ['Effusion']],
    ['negative', []],
    ['not analysed', undefined],
  ] as const)('the studies whose outcome is %s, and no other', (outcome, positives) => {
    for (const each of ['positive', 'negative', 'not analysed'] as const)
      expect(goes(to({ outcomes: [each] }), facts({ positives }))).toBe(each === outcome)
  })

  test('the studies with one of the findings', () => {
    const rule = { findings: ['Pneumothorax', 'Mass'] }
    expect(goes(to(rule), facts({ positives: ['Effusion', 'Mass'] }))).toBe(true)
    expect(goes(to(rule), facts())).toBe(false)
    expect(goes(to(rule), facts({ positives: undefined }))).toBe(false)
  })
})

describe('results that return to their sender', () => {
  const destinations = [
    { name: 'pacs', aeTitle: 'PACS' },
    { name: 'cr', aeTitle: 'CR1', when: 'returned' },
  ] as const
  const routing: Routing = { destinations, returnToSender: {}, urgent: [] }

  test('go to the destination of its AE title, which gets nothing else', () => {
    expect(route(routing, facts()).destinations).toEqual(['pacs', 'cr'])
    expect(route(routing, facts({ callingAeTitles: ['CR2', 'PACS'] }))).toMatchObject({
      destinations: ['pacs'],
      unknownSenders: ['CR2'],
    })
    expect(route({ ...routing, returnToSender: undefined }, facts())).toMatchObject({
      destinations: ['pacs'],
      unknownSenders: [],
    })
  })

  test('do so by a rule of their own', () => {
    const positive: Routing = { ...routing, returnToSender: { outcomes: ['positive'] } }
    expect(route(positive, facts()).destinations).toEqual(['pacs', 'cr'])
    expect(route(positive, facts({ positives: [] })).destinations).toEqual(['pacs'])
  })
})

test('a finding that cannot wait goes first, another finding next, then the rest', () => {
  const routing = to(undefined, { urgent: ['Pneumothorax'] })
  const urgency = (positives: string[] | undefined) => route(routing, facts({ positives })).urgency
  expect([['Mass', 'Pneumothorax'], ['Mass'], [], undefined].map(urgency)).toEqual([0, 1, 2, 2])
})
