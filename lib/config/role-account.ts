/**
 * The account of a role, from its ARN.
 *
 * @example
 * ```ts
 * accountOfRole('acs:ram::1234567890123456:role/rotator') // '1234567890123456'
 * ```
 */
export function accountOfRole(roleArn: string): string {
  return /^acs:ram::(\d+):role\//.exec(roleArn)?.[1] ?? roleArn
}
