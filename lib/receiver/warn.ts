/** Reports an error in a user's function that nobody else would see, as a process warning. */
export function warn(where: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  // Edge runtimes have no `process`, or only part of one.
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(`${where}: ${text}`, { type: 'LiveKeyRotator' })
  } else {
    // eslint-disable-next-line no-console -- there is nowhere else to say it
    console.warn(`LiveKeyRotator: ${where}: ${text}`)
  }
}
