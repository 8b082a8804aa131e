import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'

const AFTER = `
Example:
  live-key-rotator init --region cn-shanghai --discover .example.com
It writes rotation.yaml and the RAM policies for it, and calls nothing that changes anything.`

export const initFlags = () =>
  new Command('init')
    .description('write rotation.yaml and the RAM policies, from questions and what the account says')
    .option('--region <region>', 'the region of KMS and Function Compute')
    .option('--domain <domain>', 'a streaming domain; may be repeated', several)
    .option('--discover <suffix>', 'every streaming domain whose name ends so, for example .example.com')
    .option('--secret <name>', 'the KMS secret (default: live/snapshot-callback/default)')
    .option('--probe <url>', 'the callback URL of a receiver; may be repeated', several)
    .option('--dir <dir>', 'where the files go (default: here)')
    .option('--yes', 'use the defaults for what is not given, and ask nothing')
    .option('--force', 'replace existing files')
    .addHelpText('after', AFTER)

export type InitOptions = OptionsOf<typeof initFlags>

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
