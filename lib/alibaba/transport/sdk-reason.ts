const LONGEST = 200

/**
 * Why a credentials provider failed, in the SDK's words. Leaves out what it quotes, which may be a secret: the content
 * of a file, an answer, a command, a URL.
 */
export function sdkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  const { message } = error
  const words = message
    // "parse aliyun cli config from '…' failed: <the file>", "failed to execute external command: <the command>".
    .replace(/((?:fail|err |result)[^:]*):[^]*$/i, '$1')
    .replace(/[{[<][^]*$/, '')
    .replace(/\S*:\/\/\S*/g, '…')
    .replace(/[^\s"',;:()]{16,}/g, (word) => (isPathOrName(word) ? word : '…'))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST)
  const code = /["']?Code["']?\s*[:=]\s*["']?([A-Za-z]{2,48}(?:\.[A-Za-z]{1,48}){0,5})\b/.exec(message)?.[1]
  return `${words === '' ? error.name : words}${code === undefined ? '' : ` (${code})`}`
}

/** A file's path, a variable's name, an ordinary long word. */
function isPathOrName(word: string): boolean {
  return /^(~?\/|[A-Za-z]:\\)/.test(word) || /^[A-Z]+(_[A-Z0-9]+)+$/.test(word) || /^[a-z]+$/.test(word)
}
