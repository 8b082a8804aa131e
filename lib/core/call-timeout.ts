/**
 * T: maximum duration of a call to Live or KMS, in milliseconds. What was sent longer ago has taken effect or never will,
 * which fencing relies on.
 */
export const CALL_TIMEOUT_MS = 10_000
