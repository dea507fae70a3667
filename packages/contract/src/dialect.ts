/**
 * The dialect: everything about a gateway that changes what we send or how we read, and that the
 * vendor's page does not settle. Each setting has a careful default, can be told otherwise by the
 * caller, and where reads can tell, is learned by a probe.
 */
import * as z from 'zod'
import type { Standing } from './standing.ts'

export interface DialectSetting {
  readonly schema: z.ZodType
  readonly standing: Extract<Standing, 'I' | 'U'>
  readonly about: string
  /** Whether a probe that only reads can learn it, one that writes to a scratch table, or none. */
  readonly learnedBy: 'read' | 'write' | 'nothing'
}

const settings = {
  filterCombination: {
    schema: z.enum(['and', 'or']).default('and'),
    standing: 'I',
    about:
      'How several filters of one action combine. With `or` the client sends one filter at a time and does the rest itself.',
    learnedBy: 'read',
  },
  emptyFilter: {
    schema: z.enum(['all', 'none', 'refused']).default('all'),
    standing: 'I',
    about:
      'What an UPDATE or DELETE without filters hits: every record, none, or an error. With anything but `all` the client writes record by record.',
    learnedBy: 'write',
  },
  versions: {
    schema: z.enum(['separate', 'shared']).default('separate'),
    standing: 'I',
    about: 'Whether DRAFT and LIVE hold records of their own.',
    learnedBy: 'nothing',
  },
  idFilter: {
    schema: z.enum(['uuid', 'text', 'none']).default('uuid'),
    standing: 'I',
    about:
      'The column type under which a record can be filtered by its id, or `none` where it cannot.',
    learnedBy: 'read',
  },
  timestampFilter: {
    schema: z.enum(['none', 'camel', 'snake']).default('none'),
    standing: 'U',
    about:
      'Whether a record can be filtered by its dates, and under which names: createdAt (`camel`), created_at (`snake`). With `none` the client filters them itself.',
    learnedBy: 'read',
  },
  numericForm: {
    schema: z.enum(['string', 'number']).default('string'),
    standing: 'I',
    about:
      'Whether numeric values come back as JSON strings or JSON numbers. The client reads both; an emulator needs to know which to write.',
    learnedBy: 'read',
  },
  intForm: {
    schema: z.enum(['number', 'string']).default('number'),
    standing: 'I',
    about: 'Whether int values come back as JSON numbers or strings. The client reads both.',
    learnedBy: 'read',
  },
  errorMessageForm: {
    schema: z.enum(['string', 'array']).default('string'),
    standing: 'I',
    about: 'Whether `message` of an error is one string or a list. The client reads both.',
    learnedBy: 'nothing',
  },
  timestampZone: {
    schema: z.enum(['converted', 'dropped']).default('converted'),
    standing: 'U',
    about:
      'What becomes of a zone in a timestamp literal: converted to UTC, or dropped as PostgreSQL drops it for `timestamp without time zone`. The client always sends UTC, which is right under both.',
    learnedBy: 'nothing',
  },
  listEncoding: {
    schema: z.enum(['unknown', 'json', 'comma', 'postgres']).default('unknown'),
    standing: 'U',
    about:
      'How `in` and `nin` write a list in their one string: a JSON array, values with commas between, or a PostgreSQL array literal. While unknown, the client sends one `eq` for each value.',
    learnedBy: 'read',
  },
  nullEncoding: {
    schema: z.enum(['omit', 'empty', 'word', 'json']).default('omit'),
    standing: 'U',
    about:
      'How null is written: `omit` leaves the field out of an INSERT and cannot write null in an UPDATE; `empty` is the empty string (which can then not be written itself); `word` is the text "null" (likewise); `json` is JSON null in place of the string.',
    learnedBy: 'write',
  },
  pageOrder: {
    schema: z.enum(['unknown', 'stable', 'unstable']).default('unknown'),
    standing: 'U',
    about:
      'Whether pages of an unchanged table keep one order. A full read checks in any case that it saw every record once.',
    learnedBy: 'read',
  },
  maxSelectLimit: {
    schema: z.int().min(1).default(100),
    standing: 'U',
    about: 'The largest `limit` that a SELECT takes. 100 is the documented limit of the data read.',
    learnedBy: 'read',
  },
  insertAnswer: {
    schema: z.enum(['unknown', 'record', 'none']).default('unknown'),
    standing: 'U',
    about:
      'Whether an INSERT answers the new record. While unknown, a record in the answer is taken only when it holds what was sent.',
    learnedBy: 'write',
  },
  changeAnswer: {
    schema: z.enum(['unknown', 'records', 'count', 'none']).default('unknown'),
    standing: 'U',
    about:
      'What UPDATE and DELETE answer: the records, their number in `meta.total`, or neither. While unknown, the client trusts neither.',
    learnedBy: 'write',
  },
  unknownColumn: {
    schema: z.enum(['unknown', 'refused', 'ignored']).default('unknown'),
    standing: 'U',
    about:
      'What a column that the table lacks gets. The client checks columns itself before it sends, whatever this says.',
    learnedBy: 'read',
  },
  nulInText: {
    schema: z.enum(['kept', 'refused']).default('kept'),
    standing: 'U',
    about:
      'Whether text may hold U+0000. PostgreSQL stores none; with `refused` the client says so before it sends.',
    learnedBy: 'write',
  },
  timestampPrecision: {
    schema: z.enum(['microseconds', 'milliseconds', 'seconds']).default('microseconds'),
    standing: 'U',
    about:
      'How finely a timestamp is stored. A finer value comes back cut or rounded: the outcome of the write says so, and the client takes both for equal when it compares.',
    learnedBy: 'write',
  },
} as const satisfies Record<string, DialectSetting>

/** Every setting with its schema, default, standing and meaning. */
export const dialectSettings: Readonly<Record<keyof typeof settings, DialectSetting>> = settings

type SettingSchemas = { [K in keyof typeof settings]: (typeof settings)[K]['schema'] }

const shape = Object.fromEntries(
  Object.entries(settings).map(([name, setting]) => [name, setting.schema]),
) as unknown as SettingSchemas

/** A whole dialect; settings left out take their defaults, unknown settings are refused. */
export const Dialect = z.strictObject(shape)
export type Dialect = z.output<typeof Dialect>
/** What a caller or a profile may say of a dialect. */
export type DialectInput = z.input<typeof Dialect>

export const DEFAULT_DIALECT: Dialect = Object.freeze(Dialect.parse({}))

/**
 * What is assumed without an alternative that we could send: these follow from the shape of the
 * body, and a gateway of which they are false needs a new contract, not a setting.
 */
export const assumptions: readonly { readonly standing: Standing; readonly text: string }[] = [
  { standing: 'I', text: 'INSERT takes one record per call: `fields` describes one record.' },
  {
    standing: 'I',
    text: 'In UPDATE `filters` choose and `fields` are written; in DELETE `filters` choose.',
  },
  {
    standing: 'I',
    text: 'There is no OR, no not-equal, no contains and no null test on the wire.',
  },
  { standing: 'I', text: 'A table’s definition is per bot, not per version.' },
  { standing: 'I', text: 'Column types mean what they mean in PostgreSQL.' },
]
