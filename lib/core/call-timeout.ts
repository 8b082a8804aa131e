/**
 * T: no call to Live or KMS takes longer, in milliseconds. What was sent longer ago has taken effect or never will, which
 * is what the fencing of a rotation counts on.
 */
export const CALL_TIMEOUT_MS = 10_000
