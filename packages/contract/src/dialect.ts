/**
 * The dialect: everything about a gateway that changes requests or how responses are read, and that
 * the vendor's page does not specify. Each setting has a careful default, can be set by the caller,
 * and is learned by a probe where requests can show it.
 */
import * as z from 'zod'
import type { Standing } from './standing.ts'

export interface DialectSetting {
  readonly schema: z.ZodType
  readonly standing: Extract<Standing, 'S' | 'I' | 'U'>
  readonly about: string
  /** What a probe needs to learn it: reads, or writes to a scratch table. */
  readonly learnedBy: 'read' | 'write'
}

const settings = {
  filterCombination: {
    schema: z.enum(['and', 'or']).default('and'),
    standing: 'I',
    about:
      'How several filters of one action combine. With `or` the client sends one filter at a time and tests the others itself.',
    learnedBy: 'read',
  },
  emptyFilter: {
    schema: z.enum(['all', 'none', 'refused']).default('all'),
    standing: 'I',
    about:
      'What an UPDATE or DELETE without filters changes: every record, none, or it is rejected. With anything but `all` the client writes record by record.',
    learnedBy: 'write',
  },
  versions: {
    schema: z.enum(['separate', 'shared']).default('separate'),
    standing: 'I',
    about: 'Whether DRAFT and LIVE have separate records.',
    learnedBy: 'read',
  },
  idFilter: {
    schema: z.enum(['uuid', 'text', 'none']).default('uuid'),
    standing: 'I',
    about: 'The column type to filter records by id with, or `none` where that is not possible.',
    learnedBy: 'read',
  },
  timestampFilter: {
    schema: z.enum(['none', 'camel', 'snake']).default('none'),
    standing: 'U',
    about:
      'Whether records can be filtered by their dates, and under which names: createdAt (`camel`), created_at (`snake`). With `none` the client filters them itself.',
    learnedBy: 'read',
  },
  numericForm: {
    schema: z.enum(['string', 'number']).default('string'),
    standing: 'I',
    about:
      'Whether numeric values are returned as JSON strings or JSON numbers. The client reads both; the emulator writes the chosen one.',
    learnedBy: 'read',
  },
  intForm: {
    schema: z.enum(['number', 'string']).default('number'),
    standing: 'I',
    about: 'Whether int values are returned as JSON numbers or strings. The client reads both.',
    learnedBy: 'read',
  },
  errorMessageForm: {
    schema: z.enum(['string', 'array']).default('string'),
    standing: 'I',
    about: 'Whether `message` of an error is one string or a list. The client reads both.',
    learnedBy: 'read',
  },
  timestampZone: {
    schema: z.enum(['converted', 'dropped']).default('converted'),
    standing: 'U',
    about:
      'Whether the zone of a timestamp literal is converted to UTC, or dropped as for PostgreSQL’s `timestamp without time zone`. The client always sends UTC, which is correct under both.',
    learnedBy: 'write',
  },
  listEncoding: {
    schema: z.enum(['unknown', 'json', 'comma', 'postgres']).default('unknown'),
    standing: 'U',
    about:
      'How `in` and `nin` encode a list in one string: a JSON array, comma-separated values, or a PostgreSQL array literal. While unknown, the client sends one `eq` for each value.',
    learnedBy: 'read',
  },
  nullEncoding: {
    schema: z.enum(['omit', 'empty', 'word', 'json']).default('omit'),
    standing: 'U',
    about:
      'How null is written: `omit` omits the field from an INSERT and cannot write null in an UPDATE; `empty` is the empty string (which itself cannot be written then); `word` is the text "null" (likewise); `json` is JSON null instead of a string.',
    learnedBy: 'write',
  },
  pageOrder: {
    schema: z.enum(['unknown', 'stable', 'unstable']).default('unknown'),
    standing: 'U',
    about:
      'Whether pages of an unchanged table keep the same order. A full read always checks that it saw every record.',
    learnedBy: 'read',
  },
  maxSelectLimit: {
    schema: z.int().min(1).default(100),
    standing: 'U',
    about:
      'The largest `limit` that a SELECT accepts. 100 is the documented limit of the data read.',
    learnedBy: 'read',
  },
  insertAnswer: {
    schema: z.enum(['unknown', 'record', 'none']).default('unknown'),
    standing: 'U',
    about:
      'Whether the response to an INSERT contains the new record. While unknown, a record in the response is used only when it holds what was sent.',
    learnedBy: 'write',
  },
  changeAnswer: {
    schema: z.enum(['unknown', 'records', 'count', 'none']).default('unknown'),
    standing: 'U',
    about:
      'What the response to UPDATE and DELETE contains: the records, their number in `meta.total`, or neither. While unknown, the client relies on neither.',
    learnedBy: 'write',
  },
  unknownColumn: {
    schema: z.enum(['unknown', 'refused', 'ignored']).default('unknown'),
    standing: 'U',
    about:
      'Whether a column that is not in the table is rejected or ignored. The client always checks columns before it sends.',
    learnedBy: 'read',
  },
  nulInText: {
    schema: z.enum(['kept', 'refused']).default('kept'),
    standing: 'U',
    about:
      'Whether text may contain U+0000. PostgreSQL cannot store it; with `refused` the client rejects it before it sends.',
    learnedBy: 'write',
  },
  timestampPrecision: {
    schema: z.enum(['microseconds', 'milliseconds', 'seconds']).default('microseconds'),
    standing: 'U',
    about:
      'The precision of stored timestamps. A more precise value is truncated or rounded: the outcome of the write reports it, and comparisons treat both as equal.',
    learnedBy: 'write',
  },
} as const satisfies Record<string, DialectSetting>

/** Every setting with its schema, default, standing and meaning. */
export const dialectSettings: Readonly<Record<keyof typeof settings, DialectSetting>> = settings

type SettingSchemas = { [K in keyof typeof settings]: (typeof settings)[K]['schema'] }

const shape = Object.fromEntries(
  Object.entries(settings).map(([name, setting]) => [name, setting.schema]),
) as unknown as SettingSchemas

/** A complete dialect; omitted settings take their defaults, unknown settings are rejected. */
export const Dialect = z.strictObject(shape)
export type Dialect = z.output<typeof Dialect>
/** Dialect settings of a caller or a profile. */
export type DialectInput = z.input<typeof Dialect>

export const DEFAULT_DIALECT: Dialect = Object.freeze(Dialect.parse({}))
