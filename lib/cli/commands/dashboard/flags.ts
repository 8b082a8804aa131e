import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples, GROUP, wholeNumber } from '../../options.ts'

export const dashboardFlags = () =>
  new Command('dashboard')
    .description('serve a page to watch a rotation or an emergency: on this machine only, read only')
    .addOption(GROUP)
    .option('--port <port>', 'on this port (default: any free one)', wholeNumber(0, 65_535))
    .option('--open', 'open it in the browser')
    .addHelpText('after', examples('live-key-rotator dashboard --open'))

export type DashboardOptions = OptionsOf<typeof dashboardFlags>
