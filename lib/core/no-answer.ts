import { systemCode } from './system-code.ts'

/** Why `fetch` got no answer. Only the kind of failure: the text of its error may contain the URL. */
export function noAnswerReason(error: unknown, timeoutMs: number): string {
  const { name, cause } = error instanceof Error ? error : new Error()
  if (name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`
  return `no connection ${systemCode(cause) ?? ''}`.trim()
}
