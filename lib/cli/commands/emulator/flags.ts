import { Command } from '@commander-js/extra-typings'
import type { OptionsOf } from '../../command.ts'
import { examples, wholeNumber } from '../../options.ts'

export const emulatorFlags = () =>
  new Command('emulator')
    .description('run the local cloud until Ctrl-C: KMS, Live and Function Compute on this machine')
    .option('--port <port>', 'the port on 127.0.0.1', wholeNumber(0, 65_535), 4710)
    .option('--domains <n>', 'number of domains: live1.example.com, … (default: 60)', wholeNumber(0, 100_000))
    .option('--streams <n>', 'number of streams pushed to them (default: 120)', wholeNumber(0, 1_000_000))
    .option('--state <file>', 'keep the state in a file, and continue from it if it exists')
    .option('--assumptions <file>', "behave as this file says where Alibaba's documents are silent")
    .option('--callback <url>', 'send snapshot callbacks there')
    .option('--function <folder>', 'run the built function there, for invoke: dist/functions/rotate')
    .option('--service <name>', 'with --function: put it in this service, for invoke --service (FC 2.0)')
    .addHelpText(
      'after',
      examples(
        'live-key-rotator emulator --callback http://127.0.0.1:8080/live',
        'live-key-rotator emulator --function dist/functions/rotate --state cloud.json',
      ),
    )

export type EmulatorOptions = OptionsOf<typeof emulatorFlags>
