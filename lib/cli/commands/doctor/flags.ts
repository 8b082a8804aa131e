import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'

const AFTER = `
Only reads; --try alone changes something, on a domain and a secret that are given up to it.
Exit codes: 0 nothing fails, else 1.
Example: live-key-rotator doctor
         live-key-rotator doctor --try spare.example.com --try-secret spare/secret`

export const doctorFlags = () =>
  new Command('doctor')
    .description('look at all that a rotation needs, and say what to do about what is missing')
    .option('--group <name>', 'only this group (default: all)')
    .option('--function <name>', 'the deployed function (default: live-key-rotator, if there is one)')
    .option('--try <domain>', 'also measure how Live behaves, on this domain, which is in no group')
    .option('--try-secret <name>', 'and how KMS behaves, on this secret, which is in no group')
    .option('--assumptions <file>', 'with --try: where the result goes, for the emulator', 'assumptions.json')
    .option('--yes', 'with --try: do not ask')
    .addHelpText('after', AFTER)

export type DoctorOptions = OptionsOf<typeof doctorFlags>
