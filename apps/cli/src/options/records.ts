/** Options that select records and columns, and options that set values. */
import { defineOptions, type OptionValues } from '../define-command.ts'
import { parseCount } from './parse-count.ts'

export const conditionOptions = defineOptions([
  {
    flags: '--where <condition>',
    about: 'condition such as "age >= 18"; repeat it to require several',
    list: true,
    completes: { columns: 'condition' },
  },
  { flags: '--filter <json>', about: `condition as JSON, such as '{"age": {"gte": 18}}'` },
])

export const targetOptions = defineOptions([
  ...conditionOptions,
  { flags: '--id <id>', about: 'ID of a record; can be repeated', list: true },
  { flags: '--all', about: 'every record of the table' },
])

export const explainOption = defineOptions([
  {
    flags: '--explain',
    about: 'show how records would be found, and in how many requests; do nothing',
  },
])

export const selectOption = defineOptions([
  {
    flags: '--select <columns>',
    about: 'columns to show, comma-separated; also id, createdAt, updatedAt',
    list: true,
    completes: { columns: 'fields' },
    defaultText: 'all',
  },
])

export const sortOption = defineOptions([
  {
    flags: '--sort <column[:desc]>',
    about:
      'column, id, createdAt or updatedAt to sort by, nulls last unless :nulls-first follows; repeat it for more columns',
    list: true,
    defaultText: 'as the gateway returns them',
    completes: { columns: 'sort' },
  },
])

export const limitOption = defineOptions([
  {
    flags: '--limit <n>',
    about: 'maximum number of records',
    parse: parseCount,
    defaultText: 'all',
  },
])

const assignmentOptions = defineOptions([
  {
    flags: '--set <column=value>',
    about: 'value of a column, read by its type; can be repeated',
    list: true,
    completes: { columns: 'assignment' },
  },
  {
    flags: '--set-null <column>',
    about: 'column to set to null; can be repeated',
    list: true,
    completes: { columns: 'name' },
  },
])

/** For commands that change records. */
export const setSqlOption = defineOptions([
  {
    flags: '--set-sql <column=expression>',
    about: `SQL expression over the record, such as "price=price * 1.1"; can be repeated`,
    list: true,
    completes: { columns: 'assignment' },
  },
])

/** For commands that write one set of values. */
export const valueOptions = defineOptions([
  ...assignmentOptions,
  { flags: '--data <json>', about: 'values as a JSON object' },
])

/** For commands that write rows. */
export const rowValueOptions = defineOptions([
  ...assignmentOptions,
  {
    flags: '--data <json>',
    about: 'values as a JSON object or a list of objects',
    defaultText: 'one object per line from stdin, unless --set or --set-null is given',
  },
])

export type ConditionFlags = OptionValues<typeof conditionOptions>
export type TargetFlags = OptionValues<typeof targetOptions>
export type ExplainFlags = OptionValues<typeof explainOption>
export type AssignmentFlags = OptionValues<typeof rowValueOptions>
