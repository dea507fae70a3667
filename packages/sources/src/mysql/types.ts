/** The table of the types of MySQL and MariaDB: the type of a table's column that keeps each, and how. */
import { isUtf8 } from 'node:buffer'
import type { FieldPacket } from 'mysql2'
import { jsonValue } from '../database/json-value.ts'
import type { TypeFact } from '../database/type-table.ts'
import { ValueError } from '../database/value-error.ts'

/** A value as `mysql2` reads the binary protocol with the settings of our connections. */
export type MysqlCell = string | number | Buffer | null

type Encode = (cell: NonNullable<MysqlCell>) => string

interface TypeRule extends TypeFact {
  /** Undefined for values that no column keeps. */
  readonly encode: Encode | undefined
}

/** The digits as the server sends them, which JSON takes as they are. */
const digits: Encode = (cell) => String(cell)

const text: Encode = (cell) => {
  if (!(cell instanceof Uint8Array)) return JSON.stringify(String(cell))
  if (!isUtf8(cell)) throw new ValueError('is not valid UTF-8', 'Read it as hex(c), by a query.')
  return JSON.stringify(cell.toString())
}

const bits: Encode = (cell) => String(BigInt(`0x${(cell as Buffer).toString('hex') || '0'}`))

/** The server computes with 24 bits: the shortest digits that mean the same, as it shows them. */
const float: Encode = (cell) => {
  const value = cell as number
  for (let precision = 6; precision < 9; precision++) {
    const short = Number(value.toPrecision(precision))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

const json: Encode = (cell) => jsonValue(String(cell))

const date: Encode = (cell) => `"${checkedDay(cell as string)}"`

/** A date-time of no time zone. */
const dateTime: Encode = (cell) => `"${checkedDay(cell as string).replace(' ', 'T')}"`

/** Shown in UTC by the settings of our connections. */
const timestamp: Encode = (cell) => `"${checkedDay(cell as string).replace(' ', 'T')}Z"`

/** @throws ValueError for a day that the calendar does not have, such as `0000-00-00` */
function checkedDay(value: string): string {
  const year = Number(value.slice(0, 4))
  const month = Number(value.slice(5, 7))
  const day = Number(value.slice(8, 10))
  if (year > 0 && month > 0 && day > 0) {
    if (day < 29) return value
    const date = new Date(0)
    date.setUTCFullYear(year, month - 1, day)
    if (date.getUTCDate() === day) return value
  }
  throw new ValueError(`is a day that does not exist (${value.slice(0, 10)})`, DAY_HINT)
}

const DAY_HINT =
  "By a query, read it as null, nullif(c, '0000-00-00') as c, or as text, cast(c as char) as c."

const RULES = {
  flag: {
    declared: '`TINYINT(1)`, `BOOLEAN`, `BIT(1)`',
    type: 'bool',
    note: '1 and 0. Other values of a `TINYINT(1)` are read as numbers: an int column takes them, a bool column does not.',
    encode: (cell) => (typeof cell === 'number' ? digits(cell) : bits(cell)),
  },
  whole: {
    declared:
      '`TINYINT`, `SMALLINT`, `MEDIUMINT`, `INT`, `BIGINT`, `UNSIGNED` except of `BIGINT`, `YEAR`',
    type: 'int',
    note: 'All digits. `ZEROFILL` shows zeros that are no part of the value: select `lpad(c, 5, 0)` to keep them as text.',
    encode: digits,
  },
  unsigned: {
    declared: '`BIGINT UNSIGNED`, `SERIAL`',
    type: 'numeric',
    note: 'All digits. It holds numbers beyond the largest int of PostgreSQL.',
    encode: digits,
  },
  bits: {
    declared: '`BIT(2)` to `BIT(64)`',
    type: 'numeric',
    note: 'The number that the bits mean.',
    encode: bits,
  },
  decimal: {
    declared: '`DECIMAL(p,s)`, also with a scale of 0',
    type: 'numeric',
    note: 'All digits, also zeros at the end.',
    encode: digits,
  },
  float: {
    declared: '`FLOAT`',
    type: 'numeric',
    note: 'The shortest number that is the same float.',
    encode: float,
  },
  double: {
    declared: '`DOUBLE`',
    type: 'numeric',
    note: 'The shortest number that is the same double.',
    encode: digits,
  },
  date: {
    declared: '`DATE`',
    type: 'timestamp',
    note: "Midnight in UTC. A day that does not exist, such as `0000-00-00` or `2024-00-10`, is an error: select `nullif(c, '0000-00-00')` or `cast(c as char)`.",
    encode: date,
  },
  dateTime: {
    declared: '`DATETIME(0)` to `DATETIME(6)`',
    type: 'timestamp',
    note: 'Microseconds. It has no time zone, and is read as UTC. Days that do not exist are errors, as of `DATE`.',
    encode: dateTime,
  },
  timestamp: {
    declared: '`TIMESTAMP(0)` to `TIMESTAMP(6)`',
    type: 'timestamp',
    note: 'The instant, in UTC, to the microsecond. `0000-00-00 00:00:00` is an error.',
    encode: timestamp,
  },
  time: {
    declared: '`TIME(0)` to `TIME(6)`',
    type: 'text',
    note: 'Such as `09:30:00` or `-838:59:59`, without zeros at the end of a fraction.',
    encode: text,
  },
  text: {
    declared: '`CHAR`, `VARCHAR`, `TINYTEXT` to `LONGTEXT`, in any character set',
    type: 'text',
    note: 'Every character. U+0000 is an error in any column of a table.',
    encode: text,
  },
  choice: { declared: '`ENUM`, `SET`', type: 'text', note: 'As text.', encode: text },
  json: {
    declared: '`JSON`',
    type: 'jsonb',
    note: 'Every digit of its numbers. A text column with `check (json_valid(c))` is one too, as all of MariaDB are.',
    encode: json,
  },
  uuid: { declared: '`UUID` (MariaDB)', type: 'uuid', note: '', encode: text },
  address: { declared: '`INET4`, `INET6` (MariaDB)', type: 'text', note: '', encode: text },
  binary: {
    declared: '`BINARY`, `VARBINARY`, `TINYBLOB` to `LONGBLOB`',
    type: undefined,
    note: 'An error. Select `hex(c)`, `to_base64(c)`, or `bin_to_uuid(c)` for a uuid; or `convert(c using utf8mb4)` where it is text.',
    encode: undefined,
  },
  other: {
    declared: '`GEOMETRY` and its kinds, `VECTOR`',
    type: undefined,
    note: 'An error. Select `st_asgeojson(c)`, or `vector_to_string(c)`, in MariaDB `vec_totext(c)`.',
    encode: undefined,
  },
} as const satisfies Readonly<Record<string, TypeRule>>

export const MYSQL_TYPES: readonly TypeFact[] = Object.values(RULES)

/** Numbers of the protocol. */
const DECIMALS = [0, 246]
const FLOAT = 4
const DOUBLE = 5
const TINY = 1
const BIGINT = 8
const BIT = 16
const JSON_TYPE = 245
const OTHERS = [242, 255]
/** Enum, set, texts and blobs of every length. */
const TEXTS = [15, 247, 248, 249, 250, 251, 252, 253, 254]
const BY_NUMBER: Readonly<Record<number, keyof typeof RULES>> = {
  2: 'whole',
  3: 'whole',
  9: 'whole',
  13: 'whole',
  7: 'timestamp',
  10: 'date',
  14: 'date',
  11: 'time',
  12: 'dateTime',
  [FLOAT]: 'float',
  [DOUBLE]: 'double',
  [JSON_TYPE]: 'json',
}
const UNSIGNED = 32
const ENUM_OR_SET = 256 | 2048
/** The character set of bytes that are no text. */
const BINARY = 63

export type MysqlField = Pick<
  FieldPacket,
  'name' | 'type' | 'columnLength' | 'characterSet' | 'decimals' | 'flags'
> & { readonly extendedTypeName?: string; readonly extendedFormat?: string }

export function mysqlRule(field: MysqlField): TypeRule {
  return RULES[ruleName(field)]
}

function ruleName(field: MysqlField): keyof typeof RULES {
  const { type = 6, columnLength, characterSet, extendedTypeName, extendedFormat } = field
  const flags = Number(field.flags)
  if (extendedFormat === 'json') return 'json'
  if (extendedTypeName === 'uuid') return 'uuid'
  if (extendedTypeName === 'inet4' || extendedTypeName === 'inet6') return 'address'
  if (DECIMALS.includes(type)) return 'decimal'
  if (OTHERS.includes(type)) return 'other'
  if (type === TINY) return columnLength === 1 ? 'flag' : 'whole'
  if (type === BIT) return columnLength === 1 ? 'flag' : 'bits'
  if (type === BIGINT) return (flags & UNSIGNED) === 0 ? 'whole' : 'unsigned'
  if (!TEXTS.includes(type)) return BY_NUMBER[type] ?? 'text'
  if ((flags & ENUM_OR_SET) !== 0) return 'choice'
  return characterSet === BINARY ? 'binary' : 'text'
}

/** Marks text columns that hold JSON as MariaDB does, which the library reads too. */
export function markJson(fields: readonly MysqlField[], names: ReadonlySet<string>): void {
  for (const field of fields) {
    if (names.has(field.name)) Object.assign(field, { extendedFormat: 'json' })
  }
}

/**
 * Has the library give text as its bytes, since it would replace those that are not valid in silence. To
 * be called before the first row.
 */
export function readTextAsBytes(fields: readonly MysqlField[]): void {
  for (const field of fields) {
    if (TEXTS.includes(field.type ?? 0) && ruleName(field) !== 'json') {
      Object.assign(field, { characterSet: BINARY })
    }
  }
}

/** The type as it is declared, as far as the protocol tells. */
export function declaredType(field: MysqlField): string {
  const { type = 6, columnLength = 0, decimals, extendedTypeName, extendedFormat } = field
  const sign = (Number(field.flags) & UNSIGNED) === 0 ? '' : ' unsigned'
  if (extendedFormat === 'json') return 'json'
  if (extendedTypeName !== undefined) return extendedTypeName
  if (DECIMALS.includes(type)) {
    const precision = columnLength - (decimals > 0 ? 1 : 0) - (sign === '' ? 1 : 0)
    return `decimal(${precision},${decimals})${sign}`
  }
  if (type === TINY) return `tinyint${columnLength === 1 ? '(1)' : ''}${sign}`
  if (type === BIT) return `bit(${columnLength})`
  if ((Number(field.flags) & 256) !== 0) return 'enum'
  if ((Number(field.flags) & 2048) !== 0) return 'set'
  const name = NAMES[type] ?? 'text'
  if (TEXTS.includes(type)) return textName(name, field)
  if (WHOLE.includes(name)) return `${name}${sign}`
  return FRACTIONS.includes(name) && decimals > 0 ? `${name}(${decimals})` : name
}

function textName(name: string, { characterSet, columnLength = 0 }: MysqlField): string {
  const isBinary = characterSet === BINARY
  // Bytes of utf8mb4.
  const length = isBinary ? columnLength : Math.floor(columnLength / 4)
  if (name === 'char') return `${isBinary ? 'binary' : 'char'}(${length})`
  if (name === 'varchar') return `${isBinary ? 'varbinary' : 'varchar'}(${length})`
  return isBinary ? 'blob' : 'text'
}

const FRACTIONS = ['datetime', 'timestamp', 'time']
const WHOLE = ['smallint', 'mediumint', 'int', 'bigint']

const NAMES: Readonly<Record<number, string>> = {
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  6: 'null',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  242: 'vector',
  245: 'json',
  253: 'varchar',
  254: 'char',
  255: 'geometry',
}
