import { Argument, Command } from '@commander-js/extra-typings'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

const AFTER = `
bash: live-key-rotator completion bash >> ~/.bash_completion
zsh:  live-key-rotator completion zsh > "\${fpath[1]}/_live-key-rotator"
fish: live-key-rotator completion fish > ~/.config/fish/completions/live-key-rotator.fish`

export const completionFlags = () =>
  new Command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .description('print a script that completes commands and options in a shell')
    .addHelpText('after', AFTER)
