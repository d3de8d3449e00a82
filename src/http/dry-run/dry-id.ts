// Ids of executions of dry runs: of the form of all others, and to be told from them at a glance. Nothing is stored under them.

/** @param id 16 hex, of which 8 are kept */
export const dryId = (id: string): string => `00000000${id.slice(-8)}`
