import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples } from '../../options.ts'
import type { Address } from './try/listener.ts'

const AFTER = `
Only reads; --try alone changes something, on a domain and a secret that are given up to it.
What costs or needs more is measured only with a flag of its own: --try-burst, --try-role, --try-listen.
Exit codes: 0 nothing fails, else 1.`

export const doctorFlags = () =>
  new Command('doctor')
    .description('check everything that a rotation needs, and say what to do about what is missing')
    .option('--group <name>', 'only this group (default: all)')
    .option('--function <name>', 'the deployed function (default: live-key-rotator, if there is one)')
    .option('--try <domain>', 'also measure how Live behaves, on this domain, which is in no group')
    .option('--try-secret <name>', 'and how KMS behaves, on this secret, which is in no group')
    .option(
      '--try-burst',
      'also whether refused calls count toward the rate: 100 calls of one operation in 2.5 s',
    )
    .option('--try-role <arn>', 'and what temporary credentials need: those of this role, on that secret')
    .option(
      '--try-listen <[host:]port>',
      'also how callbacks are signed and sent again: listen for them here (default host: 127.0.0.1)',
      addressOf,
    )
    .option('--try-url <url>', 'with --try-listen: the URL under which the cloud reaches it')
    .option('--assumptions <file>', 'with --try: where the result goes, for the emulator', 'assumptions.json')
    .option('--yes', 'with --try: do not ask')
    .addHelpText('after', AFTER)
    .addHelpText(
      'after',
      examples(
        'live-key-rotator doctor',
        'live-key-rotator doctor --try spare.example.com --try-secret spare/secret',
      ),
    )

export type DoctorOptions = OptionsOf<typeof doctorFlags>

/** `4711` or `0.0.0.0:4711`. */
function addressOf(text: string): Address {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(\[[\da-f:]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits)
  if (digits === '' || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('It must be a port, or an address and a port: 4711 or 0.0.0.0:4711.')
  }
  return { host: host.replace(/^\[|\]$/g, ''), port }
}
