import { Command } from '@commander-js/extra-typings'
import { examples, GROUP, ID, REASON, rotationCommand, WAIT } from '../../options.ts'

export const rotateFlags = () =>
  rotationCommand('rotate')
    .description('rotate the key here, until it is done or must wait')
    .addOption(WAIT)
    .addHelpText(
      'after',
      examples(
        'live-key-rotator rotate --wait',
        'live-key-rotator rotate --emergency --reason "key seen in a public repository"',
      ),
    )

export const planFlags = () =>
  new Command('plan')
    .description('read only: what a rotation would do, how many calls, how long, which running streams')
    .addOption(GROUP)
    .option('--emergency', 'plan an emergency')
    .addHelpText('after', examples('live-key-rotator plan', 'live-key-rotator plan --emergency'))

export const reconcileFlags = () =>
  new Command('reconcile')
    .description('finish what is pending, repair what drifted, adopt, retire old keys')
    .addOption(GROUP)
    .addOption(ID)
    .addOption(REASON)
    .addOption(WAIT)
    .addHelpText('after', examples('live-key-rotator reconcile --wait'))

export const rollbackFlags = () =>
  new Command('rollback')
    .description('go back to the key before the current one')
    .addOption(GROUP)
    .addOption(ID)
    .addOption(REASON)
    .addOption(WAIT)
    .addHelpText('after', examples('live-key-rotator rollback --reason "receivers refuse the new key"'))

export const statusFlags = () =>
  new Command('status')
    .description('read only: keys, their age, who still signs with them')
    .addOption(GROUP)
    .addHelpText('after', examples('live-key-rotator status', 'live-key-rotator status --json | jq .groups'))
