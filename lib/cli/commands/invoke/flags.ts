import { Option } from '@commander-js/extra-typings'
import { ACTIONS } from '../../../config/types.ts'
import type { OptionsOf } from '../../command.ts'
import { examples, rotationCommand } from '../../options.ts'

const AFTER = `
Waits 15 minutes at most for the report; a function that may take longer is for --async --follow.
While another run is under way, an invocation is refused and one with --async waits in the queue.
A task tells how it ended; what the function reported is shown only if Alibaba Cloud opened that
to the account: see \`live-key-rotator status\`.`

export const invokeFlags = () =>
  rotationCommand('invoke')
    .description('have the deployed function run, and print its report and the end of its log')
    .option('--function <name>', 'the function (default: live-key-rotator)')
    .option('--service <name>', 'the service that it is in, for Function Compute 2.0')
    .option('--qualifier <name>', 'a version or an alias (default: LATEST)')
    .option(
      '--account-id <id>',
      'the account (default: $FC_ACCOUNT_ID, else $ALIBABA_CLOUD_ACCOUNT_ID); not needed with an endpoint of FC 3.0',
    )
    .addOption(new Option('--action <action>', 'what to do').choices(ACTIONS).default('rotate' as const))
    .option('--async', 'put the run into the function’s queue, print the id of its task, and go')
    .option(
      '--follow [task-id]',
      'with --async: stay until the task is over; with an id instead: follow that task, start nothing',
    )
    .addHelpText(
      'after',
      examples(
        'live-key-rotator invoke --emergency --reason "key seen in a public repository"',
        'live-key-rotator invoke --async --follow',
      ),
    )
    .addHelpText('after', AFTER)

export type InvokeOptions = OptionsOf<typeof invokeFlags>
