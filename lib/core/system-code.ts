/** The code of a system's error, such as `ENOENT` or `ECONNREFUSED`; undefined for an error without one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
