import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import {
  conditionOptions,
  explainOption,
  limitOption,
  selectOption,
  sortOption,
} from '../../../options/records.ts'
import { ROW_NOTES, rowOptions } from '../../../options/rows.ts'

export const definition = defineCommand({
  name: 'records list',
  about: 'list records',
  arguments: [TABLE],
  options: [
    ...conditionOptions,
    ...explainOption,
    ...rowOptions,
    ...selectOption,
    ...sortOption,
    ...limitOption,
  ],
  notes: ROW_NOTES,
  examples: [
    { command: 'clt records list airports --limit 5', about: 'the first five' },
    {
      command: `clt records list airports --where "state in (NY, NJ)" --where "latitude > 42" --select iata,name --sort name`,
      about: 'several conditions; all must be met',
    },
    {
      command: `clt records list airports --where "city = 'New York'" --json`,
      about: 'a value of several words needs quotes',
    },
    {
      command: `clt records list airports --filter '{"or": [{"state": "HI"}, {"city": {"isNull": true}}]}'`,
      about: 'any condition, as JSON',
    },
    {
      command: 'clt records list airports --json iata,name --limit 2',
      about: 'these fields of each record, as JSON; also --ndjson and --csv',
    },
    {
      command: `clt records list airports --jq '.[].values.city'`,
      about: 'JSON output filtered with jq; works with every command that has --json',
    },
    {
      command: 'clt records list airports@live',
      about: 'LIVE, which customers see, instead of DRAFT',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
