const CONTROLS = /[^\P{Cc}\n\t]/gu

/**
 * Text from elsewhere without its control characters, which could steer a terminal. Line breaks and tabs stay.
 *
 * @example
 * ```ts
 * plainText('\u001b[2Jgone') // '[2Jgone'
 * ```
 */
export function plainText(text: string): string {
  return text.replace(CONTROLS, '')
}

/** The same in one line, so that it cannot pass for a line of ours. */
export function oneLine(text: string): string {
  return plainText(text.replace(/\r\n|[\r\n\t]/g, ' '))
}
