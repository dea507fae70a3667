/**
 * Types of SQLite. A value has its own type, whatever its column declares: the declared type tells what
 * is meant by it, and the value is read by its own.
 */
import type { ColumnType } from '@chatlayer-tables/contract'
import { jsonValue } from '../database/json-value.ts'
import type { TypeFact } from '../database/type-table.ts'
import { ValueError } from '../database/value-error.ts'

interface TypeRule extends TypeFact {
  /** Part of the declared type; the first rule that matches counts. */
  readonly pattern: RegExp
}

const RULES: readonly TypeRule[] = [
  {
    pattern: /BOOL/i,
    declared: '`BOOLEAN`, `BOOL`',
    type: 'bool',
    note: '1 and 0, as SQLite stores true and false; also the texts true and false.',
  },
  {
    pattern: /JSON/i,
    declared: '`JSON`',
    type: 'jsonb',
    note: 'Text is read as JSON, with every digit of its numbers. Text that is not JSON, and the binary form (`jsonb()`), are errors: select `cast(c as text)` or `json(c)`.',
  },
  {
    pattern: /UUID|GUID|UNIQUEIDENTIFIER/i,
    declared: '`UUID`, `GUID`, `UNIQUEIDENTIFIER`',
    type: 'uuid',
    note: 'Text. A uuid of 16 bytes is an error, as any `BLOB` is.',
  },
  {
    pattern: /DATE|TIMESTAMP/i,
    declared: '`DATE`, `DATETIME`, `TIMESTAMP`',
    type: 'timestamp',
    note: "ISO 8601 text; without a zone it is UTC. Numbers stay numbers, since they may be seconds, milliseconds or Julian days: select `datetime(c, 'unixepoch')`.",
  },
  { pattern: /TIME/i, declared: '`TIME`', type: 'text', note: 'Text as it is stored.' },
  {
    pattern: /REAL|FLOA|DOUB/i,
    declared: '`REAL`, `FLOAT`, `DOUBLE`',
    type: 'numeric',
    note: 'The shortest number that is the same double. Infinity is an error.',
  },
  {
    pattern: /INT/i,
    declared: '`INTEGER`, `INT`, `BIGINT`, …',
    type: 'int',
    note: 'All 64 bits.',
  },
  {
    // `NUMERIC TEXT` is how an export declares decimals that SQLite must not convert.
    pattern: /NUM|DEC|MONEY|CURRENCY/i,
    declared: '`NUMERIC`, `DECIMAL(p,s)`',
    type: 'numeric',
    note: 'As SQLite stores it: an integer, a double, or text.',
  },
  {
    pattern: /CHAR|CLOB|TEXT|STRING/i,
    declared: '`TEXT`, `VARCHAR(n)`, `CLOB`, …',
    type: 'text',
    note: 'Every character. Bytes that are not valid in the encoding of the database are an error; U+0000 is one in any column of a table.',
  },
  {
    pattern: /BLOB|BINARY|IMAGE/i,
    declared: '`BLOB`',
    type: undefined,
    note: 'Binary values are an error, in any column: select `hex(c)`, or omit the column. Others are read by their own type.',
  },
  {
    pattern: /^/,
    declared: 'none, `ANY`, expressions of a query, others',
    type: undefined,
    note: 'Each value by its own type: integer, real, text or null.',
  },
]

export const SQLITE_TYPES: readonly TypeFact[] = RULES

/** @param declared null for an expression */
export function sqliteColumnType(declared: string | null): ColumnType | undefined {
  return RULES.find(({ pattern }) => pattern.test(declared ?? ''))?.type
}

/** Takes the place of a binary value, whose bytes are not needed. */
const BINARY = 'blob'

/**
 * An expression for a value that keeps what node:sqlite does not: text comes as its bytes, since Node 22
 * cuts text at U+0000 and every version replaces invalid bytes.
 */
export function exactExpression(column: string): string {
  return `case typeof(${column}) when 'text' then cast(${column} as blob) when 'blob' then '${BINARY}' else ${column} end`
}

/** A value of {@link exactExpression}, read with bigints. */
export type ExactValue = bigint | number | string | Uint8Array | null

/**
 * A function that gives the text of JSON for a value of a column; it throws ValueError for one that
 * cannot be kept exactly.
 *
 * @param encoding of the database, as `PRAGMA encoding` names it
 */
export function sqliteEncoder(encoding: string, type: ColumnType | undefined) {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  const textOf = (bytes: Uint8Array): string => {
    try {
      return decoder.decode(bytes)
    } catch {
      throw new ValueError(`is not valid ${encoding}`, BINARY_HINT)
    }
  }
  return (value: NonNullable<ExactValue>): string => {
    if (typeof value === 'bigint') return String(value)
    if (typeof value === 'number') {
      if (Number.isFinite(value)) return String(value)
      throw new ValueError('is infinite', 'Read it as null: select nullif(abs(c), 9e999) as c')
    }
    if (typeof value === 'string') throw new ValueError('is bytes', BINARY_HINT)
    return type === 'jsonb' ? jsonValue(textOf(value)) : JSON.stringify(textOf(value))
  }
}

const BINARY_HINT = 'Read it as text by a query, such as hex(c), or leave the column out.'
