import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { parseSpan } from '../time.ts'

export const definition = defineCommand({
  name: 'changes prune',
  about: 'remove old changes from the journal; tables stay unchanged',
  options: [
    {
      flags: '--older-than <span>',
      about: 'minimum age, such as 30d',
      parse: parseSpan,
      defaultText: 'CHATLAYER_JOURNAL_DAYS',
    },
    {
      flags: '--local-clock',
      about: "measure ages by this machine's clock only, not also by the gateway's",
    },
  ],
  examples: [
    {
      command: 'clt changes prune',
      about: 'changes older than the configured age; also done automatically',
    },
    { command: 'clt changes prune --older-than 30d', about: 'all changes older than 30 days' },
  ],
})

export type Options = OptionsOf<typeof definition>
