import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { TABLES_ABOUT } from '../../options/arguments.ts'

export const definition = defineCommand({
  name: 'backup',
  about: 'write tables of a bot to one archive',
  arguments: [{ name: '[tables...]', about: TABLES_ABOUT, completes: 'bot table' }],
  options: [
    {
      flags: '-o, --output <file>',
      about: 'archive to write; an existing one is replaced only when the new one is complete',
      completes: 'file',
    },
    {
      flags: '--versions <which>',
      about: 'draft, live, or both, comma-separated',
      defaultText: 'both',
    },
  ],
  examples: [
    { command: 'clt backup -o bot.zip', about: 'all tables of the bot, DRAFT and LIVE' },
    {
      command: 'clt backup airports@live -o airports.zip',
      about: 'one table, only its LIVE version',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
