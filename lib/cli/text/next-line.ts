/** The last line of what is not simply done: the command to type. */
export function nextLine(command: string): string {
  return `next: ${command}`
}
