import { RotatorError } from '../core/errors.ts'

/**
 * Whatever else is thrown is a fault of ours. It fails its group and no other one; of its text only the place is told,
 * for nobody has checked what the text holds.
 */
export function ours(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const name = error instanceof Error ? error.name : typeof error
  const place = error instanceof Error ? (/^\s+at .*$/m.exec(error.stack ?? '')?.[0] ?? '').trim() : ''
  return new RotatorError(
    'rotationFailed',
    `an unexpected ${name} stopped the group (${place}); please report it`,
  )
}
