/**
 * Types of SQLite. A value has its own type, whatever its column declares: the declared type tells what
 * is meant by it, and the value is read by its own.
 */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { JsonText } from '../database/json-lines.ts'
import { unreadableValue } from '../database/reading-errors.ts'
import type { TypeFact } from '../database/type-table.ts'

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
    pattern: /CHAR|CLOB|TEXT|STRING/i,
    declared: '`TEXT`, `VARCHAR(n)`, `CLOB`, …',
    type: 'text',
    note: 'Every character. Bytes that are not valid in the encoding of the database are an error; U+0000 is one in any column of a table.',
  },
  {
    pattern: /NUM|DEC|MONEY|CURRENCY/i,
    declared: '`NUMERIC`, `DECIMAL(p,s)`',
    type: 'numeric',
    note: 'As SQLite stores it: an integer, a double, or text.',
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

/** @param encoding of the database, as `PRAGMA encoding` names it */
export function sqliteValues(encoding: string) {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  /** @throws InvalidInputError for a value that cannot be kept exactly */
  return (value: ExactValue, column: string, isJson: boolean, row: number): JsonText => {
    if (value === null) return null
    if (typeof value === 'bigint') return String(value)
    if (typeof value === 'number') {
      if (Number.isFinite(value)) return String(value)
      throw unreadableValue(column, row, 'the number is infinite', INFINITY_HINT)
    }
    if (typeof value === 'string') {
      throw unreadableValue(column, row, 'the value is binary, which no column keeps', BINARY_HINT)
    }
    let text: string
    try {
      text = decoder.decode(value)
    } catch {
      throw unreadableValue(column, row, `the text is not valid ${encoding}`, BINARY_HINT)
    }
    return isJson ? jsonLine(text, column, row) : JSON.stringify(text)
  }
}

const INFINITY_HINT = 'Replace it in a query, such as: select nullif(c, 9e999) as c, …'
const BINARY_HINT = 'Select it as text, such as hex(c), or omit the column: --query "select …"'

/** JSON on one line, otherwise unchanged. */
function jsonLine(text: string, column: string, row: number): JsonText {
  try {
    JSON.parse(text)
  } catch {
    throw unreadableValue(
      column,
      row,
      'the text is not JSON',
      'Select it as text: --query "select cast(c as text) as c, …"',
    )
  }
  return text.replaceAll(/[\r\n]/g, ' ')
}
