import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples, GROUP } from '../../options.ts'

export const reportFlags = () =>
  new Command('report')
    .description('write the current state, or a receipt, as one HTML page')
    .requiredOption('--html <file>', 'the file to write')
    .option('--receipt <file>', 'from this receipt or report instead of the current state')
    .addOption(GROUP)
    .addHelpText(
      'after',
      examples(
        'live-key-rotator report --html state.html',
        'live-key-rotator report --html emergency.html --receipt 2026-11-24.json',
      ),
    )

export type ReportOptions = OptionsOf<typeof reportFlags>
