import { text } from 'node:stream/consumers'
import { RotatorError } from '../../../core/errors.ts'
import { kidOf } from '../../../keyset/key.ts'
import type { CommandContext, GlobalOptions } from '../../command.ts'
import { askSecret } from '../../ask.ts'
import type { Io, Result } from '../../io.ts'

const LONGEST_KEY = 256

/** Prints the kid of a key that is typed or piped in. Nothing of the key is shown or kept. */
export async function runKid(_: GlobalOptions, { io }: CommandContext): Promise<Result> {
  const key = await readKey(io)
  if (key === '') throw new RotatorError('usage', 'there is no key on stdin: type one, or pipe it in')
  if (key.includes('\n') || key.length > LONGEST_KEY) {
    throw new RotatorError('usage', `a key is one line of at most ${LONGEST_KEY} characters`)
  }
  const kid = kidOf(key)
  return { document: { kid }, text: kid, exitCode: 0 }
}

/** The line break that an editor or echo adds is not part of the key. */
async function readKey(io: Io): Promise<string> {
  if (io.stdin === undefined) return ''
  if (io.stdin.isTTY === true) return askSecret(io, 'Key:')
  return (await text(io.stdin)).replace(/\r?\n$/, '')
}
