const WIDTH = 80
const INDENT = '  '

/**
 * A shell script whose lines fit a terminal: longer ones continue after a `\`, between words or, if a quoted text is longer
 * than a line, between two quoted texts that the shell joins again.
 *
 * @example
 * ```ts
 * folded("complete -d 'long …'\n") // "complete \\\n  -d 'long …'\n"
 * ```
 */
export function folded(script: string): string {
  return script
    .split('\n')
    .map((line) => (line.length <= WIDTH ? line : foldedLine(line)))
    .join('\n')
}

function foldedLine(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let open = indent
  for (const word of wordsOf(line.trimStart())) {
    const isFirst = open.trim() === ''
    const longer = isFirst ? open + word : `${open} ${word}`
    if (isFirst || longer.length + 2 <= WIDTH) {
      open = longer
    } else {
      lines.push(`${open} \\`)
      open = indent + INDENT + word
    }
    while (open.length + 2 > WIDTH) {
      const [head, tail] = splitInQuotes(open)
      if (tail === null) break
      lines.push(head)
      open = tail
    }
  }
  return [...lines, open].join('\n')
}

/** At spaces that are not in quotes. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  let last = ''
  for (const { character, quoted } of marked(line)) {
    if (character === ' ' && !quoted) {
      words.push(last)
      last = ''
    } else last += character
  }
  return [...words, last]
}

/** Each character, and whether it is in single quotes. Outside them, a backslash escapes the next character. */
function* marked(line: string): Iterable<{ readonly character: string; readonly quoted: boolean }> {
  let quoted = false
  let escaped = false
  for (const character of line) {
    if (character === "'" && !escaped) quoted = !quoted
    escaped = !escaped && !quoted && character === '\\'
    yield { character, quoted }
  }
}

/** `'one two'` as `'one '\` and `'two'`, at the last space in quotes that the first line has room for. */
function splitInQuotes(line: string): readonly [string, string | null] {
  const room = [...marked(line)].slice(0, WIDTH - 3)
  const at = room.findLastIndex(({ character, quoted }) => character === ' ' && quoted)
  return at < 0 ? [line, null] : [`${line.slice(0, at + 1)}'\\`, `'${line.slice(at + 1)}`]
}
