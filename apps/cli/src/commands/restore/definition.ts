import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { ARCHIVE, TABLES_ABOUT } from '../../options/arguments.ts'
import {
  acceptStoredOption,
  journalOptions,
  noWaitOption,
  safetyOptions,
} from '../../options/writing.ts'

export const definition = defineCommand({
  name: 'restore',
  about: 'write tables of a backup to a bot',
  arguments: [ARCHIVE, { name: '[tables...]', about: TABLES_ABOUT }],
  options: [
    ...safetyOptions,
    ...acceptStoredOption,
    ...noWaitOption,
    {
      flags: '--versions <which>',
      about: 'versions of the backup: draft, live, or both, comma-separated',
      defaultText: 'draft',
    },
    {
      flags: '--into <version>',
      about: 'version to write',
      choices: ['draft', 'live'],
      defaultText: 'the version of the backup',
    },
    {
      flags: '--map <old=new>',
      about: 'another table name or ID, or table.column=column; can be repeated',
      list: true,
    },
    {
      flags: '--mode <mode>',
      about: 'write mode for tables that have records (replace: delete, then insert)',
      choices: ['append', 'upsert', 'replace'],
      defaultText: 'none: such a table is an error',
    },
    {
      flags: '--key <columns>',
      about: 'key columns; for one table: "table=column,column"',
      list: true,
      completes: { columns: 'list' },
    },
    {
      flags: '--out-dir <folder>',
      about: 'folder for rejected and unknown records',
      completes: 'file',
      defaultText: 'the folder of the backup',
    },
    ...journalOptions,
  ],
  examples: [
    {
      command: 'clt restore backup.zip --mode replace --dry-run',
      about: 'show what restoring all of DRAFT would change',
    },
    {
      command: 'clt restore backup.zip airports --mode replace --yes',
      about: 'restore one table',
    },
    {
      command: 'clt restore backup.zip airports@draft --into live --map airports=airports',
      about: 'write the DRAFT of the backup to LIVE, which must be requested explicitly',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
