/** What is remembered of a signal's `Idempotency-Key`: a caller may use one key for several events. */
export const signalKey = (name: string, key: string): string => JSON.stringify([name, key])
