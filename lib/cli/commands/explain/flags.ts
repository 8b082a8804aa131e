import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'

const AFTER = `
Example:
  live-key-rotator explain --timestamp 1764057600 \\
    --signature 9e226fc2c250be266e3657e156f68c12 --host hooks.example.com
Exit codes: 0 only for accepted, else 1.`

export const explainFlags = () =>
  new Command('explain')
    .description(
      'say under which key, host and time a captured signature is valid, or which slip makes it invalid',
    )
    .requiredOption('--timestamp <value>', 'the header ALI-LIVE-TIMESTAMP as it was received')
    .requiredOption('--signature <value>', 'the header ALI-LIVE-SIGNATURE as it was received')
    .option('--host <host>', 'the host of the callback URL; may be repeated (default: of the probes)', hosts)
    .option('--at <time>', 'when it was received, as 2026-11-24T08:00:00Z (default: now)', time)
    .option('--group <name>', 'only by the keys of this group (default: of all)')
    .addHelpText('after', AFTER)

export type ExplainOptions = OptionsOf<typeof explainFlags>

function hosts(host: string, before: readonly string[] = []): readonly string[] {
  if (host.trim() === '' || host.includes('|')) {
    throw new InvalidArgumentError('It must be a host such as hooks.example.com, or a callback URL.')
  }
  return [...before, host.trim()]
}

function time(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError('It must be a time such as 2026-11-24T08:00:00Z.')
}
