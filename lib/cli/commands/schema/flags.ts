import { Command } from '@commander-js/extra-typings'

export const schemaFlags = () =>
  new Command('schema').description('print the JSON Schema of the configuration')
