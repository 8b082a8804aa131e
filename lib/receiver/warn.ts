/** Says what went wrong in code that was handed to us and has nobody else to tell: as a warning of the process. */
export function warn(where: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`${where}: ${text}`, { type: 'LiveKeyRotator' })
}
