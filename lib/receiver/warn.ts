/** Says what went wrong in code that was handed to us and has nobody else to tell: as a warning of the process. */
export function warn(where: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  // Edge runtimes have no process, or half of one.
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(`${where}: ${text}`, { type: 'LiveKeyRotator' })
  } else {
    // eslint-disable-next-line no-console -- there is nowhere else to say it
    console.warn(`LiveKeyRotator: ${where}: ${text}`)
  }
}
