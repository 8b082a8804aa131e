import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples, wholeNumber } from '../../options.ts'

export const demoFlags = () =>
  new Command('demo')
    .description('show a rotation on this machine: a local cloud, receivers, and callbacks throughout')
    .option('--domains <n>', 'number of domains', wholeNumber(1, 2_000), 60)
    .option('--emergency', 'the key has leaked: cut it off')
    .option('--dashboard', 'open the page of the rotation in the browser, and keep it until Ctrl-C')
    .addHelpText('after', examples('live-key-rotator demo', 'live-key-rotator demo --emergency --domains 20'))

export type DemoOptions = OptionsOf<typeof demoFlags>
