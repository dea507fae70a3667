import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { conditionOptions } from '../../../options/records.ts'
import {
  acceptStoredOption,
  allowEmptyOption,
  expectOption,
  journalOptions,
  noWaitOption,
  safetyOptions,
} from '../../../options/writing.ts'

const NOTES = `Inserts records whose key the target does not have, and updates columns that differ; equal
  records are skipped. Shows the changes and asks for confirmation. LIVE is written only with @live.

  --where and --filter select records of the source. Their counterparts in the target are found by
  key, whether or not these match. With --delete, records of the target that match and whose key no
  record of the source has are deleted; without a condition, all such records.
  A column that only one table has is not copied, and reported. A column of another type is copied if
  every value fits; otherwise nothing is written. A key that several records share is an error.

  Unlike clt sync, it copies some records between two tables whose columns may differ. clt sync makes
  a whole table equal to another table or a file, also without a key.
  If interrupted, continue with: clt jobs resume`

export const definition = defineCommand({
  name: 'records copy',
  about: 'copy records by key to another version or table',
  arguments: [
    { name: '<from>', about: 'table to read: [profile:]table[@draft|@live]', completes: 'table' },
    { name: '<to>', about: 'table to write: [profile:]table[@draft|@live]', completes: 'table' },
  ],
  options: [
    {
      flags: '--key <columns>',
      about: 'key columns, comma-separated',
      list: true,
      completes: { columns: 'list' },
    },
    ...conditionOptions,
    {
      flags: '--columns <columns>',
      about: 'columns to copy besides the key, comma-separated',
      list: true,
      completes: { columns: 'list' },
      defaultText: 'all that both tables have',
    },
    {
      flags: '--ignore <column>',
      about: 'column not to copy; can be repeated',
      list: true,
      completes: { columns: 'name' },
    },
    {
      flags: '--delete',
      about: 'delete selected records whose key the source does not have',
      defaultText: 'keep them',
    },
    ...safetyOptions,
    ...expectOption,
    ...acceptStoredOption,
    ...noWaitOption,
    ...allowEmptyOption,
    ...journalOptions,
  ],
  notes: NOTES,
  examples: [
    {
      command:
        "clt records copy airports@draft airports@live --key iata --where 'state in (NY, NJ)' --dry-run",
      about: 'show what copying the airports of two states to LIVE would change',
    },
    {
      command:
        "clt records copy airports@draft airports@live --key iata --where 'iata in (JFK, EWR)' --delete --yes",
      about: 'publish two records, also if they were deleted in DRAFT',
    },
    {
      command:
        "clt records copy airports@live airports --key iata --where 'iata = JFK' --columns city --yes",
      about: 'take one value back from LIVE',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
