/** Resolves when somebody wants the process to stop. Once more is ignored: npm and tsx pass on what we had from the terminal. */
export const stopSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    // It means: look at the certificates. A node without any has nothing to look at, and goes on.
    process.on('SIGHUP', () => {})
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve)
  })
