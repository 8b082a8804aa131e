/**
 * T: maximum duration of a call to Live or KMS, in milliseconds. A call sent longer ago than this has taken effect or never
 * will, which fencing relies on.
 */
export const CALL_TIMEOUT_MS = 10_000
