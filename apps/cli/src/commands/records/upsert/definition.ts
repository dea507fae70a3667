import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { rowValueOptions } from '../../../options/records.ts'
import {
  acceptStoredOption,
  expectOption,
  journalOptions,
  noWaitOption,
  safetyOptions,
} from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'records upsert',
  about: 'update records by key, insert the others',
  arguments: [TABLE],
  options: [
    {
      flags: '--key <columns>',
      about: 'key columns, comma-separated',
      list: true,
      completes: { columns: 'list' },
    },
    ...rowValueOptions,
    ...safetyOptions,
    ...expectOption,
    ...acceptStoredOption,
    ...noWaitOption,
    ...journalOptions,
  ],
  examples: [
    {
      command: 'clt records upsert airports --key iata --set iata=JFK --set city=Queens --dry-run',
      about: 'show what would change or be inserted',
    },
    {
      command: 'clt records upsert airports --key iata --yes < airports.ndjson',
      about: 'many records: one JSON object per line; columns missing in a line stay unchanged',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
