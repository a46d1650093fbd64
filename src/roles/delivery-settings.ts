import type { Config } from '../config/schema.ts'
import type { OfferSettings } from '../deliver/settle-offer.ts'
import type { TakenSettings } from '../deliver/settle-taken.ts'

/** When to offer again, when to give up, when to ask. */
export function deliverySettings({ delivery }: Config): OfferSettings & TakenSettings {
  const { firstRetry: firstMs, longestRetry: longestMs } = delivery
  return {
    retry: { firstMs, longestMs },
    giveUpMs: delivery.giveUp,
    lateMs: delivery.late,
    confirmWithinMs: delivery.confirmWithin,
    reportWithinMs: delivery.reportWithin,
    offersAfterLoss: delivery.offersAfterLoss,
  }
}
