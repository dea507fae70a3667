import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { parseCount } from '../../../options/parse-count.ts'
import { parseTime } from '../time.ts'

const readTime = (text: string): number => parseTime(text)

export const definition = defineCommand({
  name: 'changes list',
  about: 'list changes, newest first',
  options: [
    {
      flags: '--table <table>',
      about: 'only changes of this table; name@draft or name@live selects the version',
      completes: 'bot table',
      defaultText: 'all',
    },
    { flags: '--tool <name>', about: 'only changes by this tool: cli or mcp', defaultText: 'both' },
    { flags: '--job <id>', about: 'only changes by this job; ID or unique prefix' },
    {
      flags: '--since <time>',
      about: 'only changes since this time: 2026-05-01, 2026-05-01T12:30, or 2d',
      parse: readTime,
    },
    { flags: '--until <time>', about: 'only changes before this time', parse: readTime },
    {
      flags: '--limit <n>',
      about: 'maximum number of change sets',
      parse: parseCount,
      default: 50,
    },
  ],
  examples: [
    { command: 'clt changes list', about: 'the latest changes' },
    {
      command: 'clt changes list --table airports@draft --since 2d --json',
      about: 'changes of one table in the last two days',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
