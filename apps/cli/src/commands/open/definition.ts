import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { parsePort } from '../../options/parse-count.ts'

const NOTES = `Prints a URL and opens it in the browser: records to filter, sort and search, with their profile and
  the journal. Edits and undos are shown before they are approved, and are written only if no record of
  them has changed since. The page is served to this machine only, and only to those who have the URL,
  which contains a secret. It ends with Ctrl-C, when the terminal is closed, or after 30 minutes without
  use. LIVE can be written only if the table is passed with @live, or with --live.`

export const definition = defineCommand({
  name: 'open',
  about: 'browse tables in the browser, edit records and undo changes',
  arguments: [
    {
      name: '[table]',
      about:
        'table name or ID; name@draft or name@live selects the version (default: the first one)',
      completes: 'table',
    },
  ],
  options: [
    { flags: '--read-only', about: 'allow no writes' },
    {
      flags: '--port <n>',
      about: 'port on this machine',
      parse: parsePort,
      defaultText: 'any free port',
    },
    { flags: '--no-browser', about: 'only print the URL' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt open airports', about: 'a table in the browser; Ctrl-C ends it' },
    {
      command: 'clt open --read-only --no-browser',
      about: 'print the URL only; nothing can be written',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
