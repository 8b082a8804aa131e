import { systemCode } from './system-code.ts'

/** Why `fetch` got no answer. Only the kind of failure: the text of its error may contain the URL. */
export function noAnswerReason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'no connection'
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`
  const code = systemCode(error.cause)
  return code === undefined ? 'no connection' : `no connection ${code}`
}
