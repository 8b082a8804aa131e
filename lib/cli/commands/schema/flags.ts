import { Command } from '@commander-js/extra-typings'
import { examples } from '../../options.ts'

export const schemaFlags = () =>
  new Command('schema')
    .description('print the JSON Schema of the configuration')
    .addHelpText('after', examples('live-key-rotator schema > rotation.schema.json'))
