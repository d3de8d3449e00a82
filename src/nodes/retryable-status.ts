/** SPEC §5: an answer of these may pass by itself, all others will not. */
export const isRetryableStatus = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500
