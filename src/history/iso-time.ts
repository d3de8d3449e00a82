// A moment as the API shows it. Inside, moments are milliseconds since the epoch.
export const isoTime = (at: number): string => new Date(at).toISOString()
