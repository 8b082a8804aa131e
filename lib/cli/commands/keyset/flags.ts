import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'

export const keysetFlags = () =>
  new Command('keyset')
    .description('print the keyset document')
    .option('--group <name>', 'of this group; needed when there are several')
    .option('--reveal', 'with the keys in clear')

export type KeysetOptions = OptionsOf<typeof keysetFlags>
