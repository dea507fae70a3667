/** What a column of a database can hold, and which values of a bot's table fit into it. Pure. */
import type { ColumnType } from '@chatlayer-tables/contract'

/** The databases that tables are written to. */
export type TargetKind = 'postgres' | 'mysql' | 'sqlite'

/** What a column of a database holds without loss. */
export type Holder =
  | {
      readonly holds: 'text'
      /** The longest text, in characters and in bytes of UTF-8. */
      readonly maxCharacters?: number | undefined
      readonly maxBytes?: number | undefined
      /** Whether only ASCII is kept. */
      readonly ascii?: boolean | undefined
    }
  | { readonly holds: 'integer'; readonly least: bigint; readonly most: bigint }
  | {
      readonly holds: 'decimal'
      /** Digits before and after the decimal point. */
      readonly whole: number
      readonly scale: number
      /** Whether it has NaN and infinities. */
      readonly special: boolean
    }
  | { readonly holds: 'boolean' }
  | {
      readonly holds: 'timestamp'
      /** Fraction digits of a second. */
      readonly digits: number
      /** The range, as canonical texts, if it is smaller than the years 1 to 9999. */
      readonly least?: string | undefined
      readonly most?: string | undefined
    }
  | { readonly holds: 'uuid' }
  | {
      readonly holds: 'json'
      /** Whether it rejects U+0000 and lone surrogates. */
      readonly strict: boolean
      /** Whether it keeps numbers that a double does not. */
      readonly exact: boolean
    }

type Holds = Holder['holds']

/** The holders that keep every value of a type that fits into their limits. */
const HOLDERS: Readonly<Record<ColumnType, readonly Holds[]>> = {
  text: ['text'],
  int: ['integer', 'decimal', 'text'],
  numeric: ['decimal', 'text'],
  uuid: ['uuid', 'text'],
  bool: ['boolean'],
  timestamp: ['timestamp', 'text'],
  jsonb: ['json', 'text'],
}

/** Whether a column can hold the values of a type; a type that is not known has values of any kind. */
export function canHold(holder: Holder, type: ColumnType | undefined): boolean {
  return HOLDERS[type ?? 'text'].includes(holder.holds)
}

/** The columns that every exported record has, in addition to those of its table. */
export type FieldType = ColumnType | 'id'

interface TypeFacts {
  /** As `create table` takes it. */
  readonly declared: string
  readonly holder: Holder
}

export const MIN_INT64 = -(2n ** 63n)
export const MAX_INT64 = 2n ** 63n - 1n

const TEXT: Holder = { holds: 'text' }
const BIGINT: Holder = { holds: 'integer', least: MIN_INT64, most: MAX_INT64 }
/** PostgreSQL's limits of a numeric without precision. */
export const UNLIMITED: Holder = { holds: 'decimal', whole: 131_072, scale: 16_383, special: true }
const MYSQL_TEXT = 'longtext character set utf8mb4 collate utf8mb4_bin'
/** Characters of an id as a key; ids of records are uuids. */
const MYSQL_ID = 191

/**
 * The column type of each database for each type of a bot's table: the one table of these facts. A type
 * that is not known becomes text.
 */
export const TARGET_TYPES: Readonly<Record<TargetKind, Readonly<Record<FieldType, TypeFacts>>>> = {
  postgres: {
    id: { declared: 'text', holder: TEXT },
    text: { declared: 'text', holder: TEXT },
    int: { declared: 'bigint', holder: BIGINT },
    numeric: { declared: 'numeric', holder: UNLIMITED },
    uuid: { declared: 'uuid', holder: { holds: 'uuid' } },
    bool: { declared: 'boolean', holder: { holds: 'boolean' } },
    timestamp: { declared: 'timestamptz', holder: { holds: 'timestamp', digits: 6 } },
    jsonb: { declared: 'jsonb', holder: { holds: 'json', strict: true, exact: true } },
  },
  mysql: {
    id: {
      declared: `varchar(${MYSQL_ID}) character set utf8mb4 collate utf8mb4_bin`,
      holder: { holds: 'text', maxCharacters: MYSQL_ID },
    },
    text: { declared: MYSQL_TEXT, holder: TEXT },
    int: { declared: 'bigint', holder: BIGINT },
    numeric: {
      declared: 'decimal(65,30)',
      holder: { holds: 'decimal', whole: 35, scale: 30, special: false },
    },
    uuid: {
      declared: 'char(36) character set ascii collate ascii_bin',
      holder: { holds: 'uuid' },
    },
    bool: { declared: 'boolean', holder: { holds: 'boolean' } },
    timestamp: { declared: 'datetime(6)', holder: { holds: 'timestamp', digits: 6 } },
    // Its own json sorts keys and cuts numbers.
    jsonb: { declared: MYSQL_TEXT, holder: { holds: 'json', strict: false, exact: true } },
  },
  // TEXT in a type prevents SQLite from converting what looks like a number.
  sqlite: {
    id: { declared: 'TEXT', holder: TEXT },
    text: { declared: 'TEXT', holder: TEXT },
    int: { declared: 'INTEGER', holder: BIGINT },
    numeric: { declared: 'NUMERIC TEXT', holder: TEXT },
    uuid: { declared: 'UUID TEXT', holder: TEXT },
    bool: { declared: 'BOOLEAN', holder: { holds: 'boolean' } },
    timestamp: { declared: 'TIMESTAMP TEXT', holder: TEXT },
    jsonb: { declared: 'JSON TEXT', holder: TEXT },
  },
}
