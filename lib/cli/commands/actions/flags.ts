import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { DRY_RUN, EMERGENCY, FORCE, GROUP, ID, LEAKED, ON_STREAMS, REASON, WAIT } from '../../options.ts'

export const rotateFlags = () =>
  new Command('rotate')
    .description('rotate the key here, until it is done or must wait')
    .addOption(GROUP)
    .addOption(ID)
    .addOption(REASON)
    .addOption(EMERGENCY)
    .addOption(LEAKED)
    .addOption(ON_STREAMS)
    .addOption(FORCE)
    .addOption(DRY_RUN)
    .addOption(WAIT)

export const planFlags = () =>
  new Command('plan')
    .description('read only: what a rotation would do, how many calls, how long, which running streams')
    .addOption(GROUP)
    .option('--emergency', 'plan an emergency')

export const reconcileFlags = () =>
  new Command('reconcile')
    .description('finish what is pending, repair what drifted, adopt, let old keys go')
    .addOption(GROUP)
    .addOption(ID)
    .addOption(REASON)
    .addOption(WAIT)

export const rollbackFlags = () =>
  new Command('rollback')
    .description('go back to the key before the present one')
    .addOption(GROUP)
    .addOption(ID)
    .addOption(REASON)
    .addOption(WAIT)

export const statusFlags = () =>
  new Command('status').description('read only: keys, their age, who still signs with them').addOption(GROUP)

export type RotateOptions = OptionsOf<typeof rotateFlags>
