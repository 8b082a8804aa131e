import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples } from '../../options.ts'

export const keysetFlags = () =>
  new Command('keyset')
    .description('print the keyset document')
    .option('--group <name>', 'of this group (required if there are several)')
    .option('--reveal', 'show the keys in clear')
    .option('--restore', 'continue from the newest valid version if the newest is invalid')
    .option('--yes', 'with --restore: do not ask')
    .addHelpText('after', examples('live-key-rotator keyset', 'live-key-rotator keyset --restore'))

export type KeysetOptions = OptionsOf<typeof keysetFlags>
