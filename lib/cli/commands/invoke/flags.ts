import { Option } from '@commander-js/extra-typings'
import { ACTIONS } from '../../../config/types.ts'
import type { OptionsOf } from '../../command.ts'
import { examples, rotationCommand } from '../../options.ts'

const AFTER = `
Waits 15 minutes at most for the report; a function that may take longer is for --async --follow.
While another run is under way, an invocation is refused and one with --async waits in the queue.
A task tells how it ended; its report is shown only to accounts for which Alibaba Cloud opened that.
Otherwise, see the state: live-key-rotator status.`

export const invokeFlags = () =>
  rotationCommand('invoke')
    .description('run the deployed function, and print its report and the end of its log')
    .option('--function <name>', 'the function (default: live-key-rotator)')
    .option('--service <name>', 'its service, for Function Compute 2.0')
    .option('--qualifier <name>', 'a version or alias (default: LATEST)')
    .option(
      '--account-id <id>',
      'the account (default: $FC_ACCOUNT_ID, else $ALIBABA_CLOUD_ACCOUNT_ID); not needed with an FC 3.0 endpoint',
    )
    .addOption(new Option('--action <action>', 'what to do').choices(ACTIONS).default('rotate' as const))
    .option('--async', 'put the run into the function’s queue, print its task id, and exit')
    .option(
      '--follow [task-id]',
      'with --async: stay until the task ends; with an id: follow that task and start nothing',
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
