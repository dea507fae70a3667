import { SHELLS } from '../../completion/shells.ts'
import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'completion',
  about: 'print the completion script for a shell',
  arguments: [{ name: '<shell>', about: 'shell to complete in', choices: SHELLS }],
  examples: [
    { command: 'eval "$(clt completion bash)"', about: 'in this shell; for all, in ~/.bashrc' },
    { command: 'clt completion zsh > _clt', about: 'for a folder of $fpath' },
    { command: 'clt completion fish > clt.fish', about: 'for ~/.config/fish/completions' },
    { command: 'clt completion powershell > clt.ps1', about: 'to be called in $PROFILE' },
  ],
})

export type Options = OptionsOf<typeof definition>
