import type { Config } from '../config/schema.ts'
import type { Routing } from '../study/routing.ts'

/** Where results go, by configuration. */
export const routingOf = ({ destinations, delivery }: Config): Routing => ({
  destinations: destinations.map((each) => ({
    name: each.name,
    aeTitle: each.type === 'dicom' ? each.aeTitle : undefined,
    when: each.when,
  })),
  returnToSender: delivery.returnToSender,
  urgent: delivery.urgent,
})
