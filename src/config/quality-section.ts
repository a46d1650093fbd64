import { z } from 'zod'
import { POLICIES, type Policy, type QualityCheck } from '../study/quality.ts'
import { section } from './values.ts'

const policy = (byDefault: Policy) => z.enum(POLICIES).default(byDefault)

/** What to do with an image that a quality check speaks against. */
export const quality = section({
  modality: policy('decline'),
  derived: policy('decline'),
  forProcessing: policy('decline'),
  colour: policy('decline'),
  bodyPart: policy('decline'),
  bodyPartUnknown: policy('decline'),
  view: policy('decline'),
  polarity: policy('decline'),
  intendedView: policy('caveat'),
  age: policy('caveat'),
  secondaryCapture: policy('caveat'),
  burnedIn: policy('caveat'),
  size: policy('decline'),
  constant: policy('decline'),
  saturated: policy('decline'),
  screenCapture: policy('decline'),
  polarityPixels: policy('decline'),
  frontalPixels: policy('decline'),
  distribution: policy('caveat'),
} satisfies Record<QualityCheck, unknown>)
