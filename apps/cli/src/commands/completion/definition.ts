import { SHELLS } from '../../completion/shells.ts'
import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'completion',
  about: 'print the completion script for a shell',
  arguments: [{ name: '<shell>', about: 'shell to complete in', choices: SHELLS }],
  examples: [
    {
      command: 'eval "$(clt completion bash)"',
      about: 'for this shell; for all shells, add it to ~/.bashrc',
    },
    { command: 'clt completion zsh > _clt', about: 'put the file in a folder of $fpath' },
    {
      command: 'clt completion fish > clt.fish',
      about: 'put the file in ~/.config/fish/completions',
    },
    { command: 'clt completion powershell > clt.ps1', about: 'run the file from $PROFILE' },
  ],
})

export type Options = OptionsOf<typeof definition>
