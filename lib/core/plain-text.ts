const CONTROLS = /[^\P{Cc}\n\t]|\p{Bidi_Control}/gu
const LINE_BREAKS = /\r\n|[\r\n\t\u2028\u2029]/g

/**
 * External text without the control and bidirectional characters, which could control a terminal or reorder letters. Keeps
 * line breaks and tabs.
 *
 * @example
 * ```ts
 * plainText('\u001b[2Jgone') // '[2Jgone'
 * ```
 */
export function plainText(text: string): string {
  return text.replace(/[\u2028\u2029]/g, '\n').replace(CONTROLS, '')
}

/** The same on one line, so that it cannot look like a line of our own. */
export function oneLine(text: string): string {
  return plainText(text.replace(LINE_BREAKS, ' '))
}
