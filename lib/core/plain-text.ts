const CONTROLS = /[^\P{Cc}\n\t]|\p{Bidi_Control}/gu
const LINE_BREAKS = /\r\n|[\r\n\t\u2028\u2029]/g

/**
 * Text from elsewhere without what could steer a terminal or show its letters in another order: control characters and
 * those of bidirectional text. Line breaks and tabs stay.
 *
 * @example
 * ```ts
 * plainText('\u001b[2Jgone') // '[2Jgone'
 * ```
 */
export function plainText(text: string): string {
  return text.replace(/[\u2028\u2029]/g, '\n').replace(CONTROLS, '')
}

/** The same in one line, so that it cannot pass for a line of ours. */
export function oneLine(text: string): string {
  return plainText(text.replace(LINE_BREAKS, ' '))
}
