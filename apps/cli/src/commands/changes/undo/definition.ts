import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { conditionOptions } from '../../../options/records.ts'
import { noteOption, safetyOptions } from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'changes undo',
  about: 'undo changes',
  arguments: [
    {
      name: '[changes...]',
      about: 'IDs of change sets or jobs, or unique prefixes; undone in this order',
    },
  ],
  options: [
    { flags: '--job <id>', about: 'all change sets of this job; ID or unique prefix' },
    {
      flags: '--record <id>',
      about: 'only changes of this record; can be repeated',
      list: true,
    },
    ...conditionOptions,
    ...safetyOptions,
    { flags: '--force', about: 'undo even if the record has changed since' },
    {
      flags: '--keep-ids',
      about: 'do not restore null by deleting and inserting the record again',
    },
    ...noteOption,
  ],
  examples: [
    { command: 'clt changes undo h7k2 --dry-run', about: 'show what would be undone' },
    { command: 'clt changes undo h7k2 --yes', about: 'undo the whole change set' },
    {
      command: 'clt changes undo --job t5r8 --yes',
      about: 'everything written by all runs of an import, sync or restore',
    },
    {
      command: `clt changes undo h7k2 --where "state = NY" --note "wrong file" --yes`,
      about: 'part of a change set, with a reason',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
