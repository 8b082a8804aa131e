import { Argument, Command } from '@commander-js/extra-typings'
import { examples } from '../../options.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export const completionFlags = () =>
  new Command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .description('print a script that completes commands and options in a shell')
    .addHelpText(
      'after',
      examples(
        'live-key-rotator completion bash >> ~/.bash_completion',
        'live-key-rotator completion zsh > "${fpath[1]}/_live-key-rotator"',
        'live-key-rotator completion fish \\\n    > ~/.config/fish/completions/live-key-rotator.fish',
      ),
    )
