import { Command } from '@commander-js/extra-typings'

const AFTER = `
Example: pbpaste | live-key-rotator kid`

export const kidFlags = () =>
  new Command('kid')
    .description('read a key from stdin, hidden on a terminal, and print its kid and nothing else')
    .addHelpText('after', AFTER)
