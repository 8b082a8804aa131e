import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples } from '../../options.ts'

export const probeFlags = () =>
  new Command('probe')
    .argument('[urls...]', 'callback URLs of receivers (default: the probes of the group)')
    .description('ask receivers whether they accept a key, and which keyset their instances use')
    .option('--group <name>', 'the group whose keys are meant; needed when there are several')
    .option('--key <key>', 'pending, current or a kid (default: pending if there is one, else current)')
    .addHelpText('after', examples('live-key-rotator probe https://hooks.example.com/live --key current'))

export type ProbeOptions = OptionsOf<typeof probeFlags>
