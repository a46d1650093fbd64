type Tell = (...values: never[]) => unknown

/** The events; who listens to one of them hears it after it was told. */
export function withListeners<E extends Record<string, Tell>>(events: E, listeners: Partial<E>): E {
  const heard = { ...events }
  for (const name in listeners) {
    const listen = listeners[name]
    if (listen)
      heard[name] = new Proxy(events[name], {
        apply(tell, self, values) {
          Reflect.apply(tell, self, values)
          Reflect.apply(listen, self, values)
        },
      })
  }
  return heard
}
