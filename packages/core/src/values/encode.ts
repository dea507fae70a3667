/**
 * Encodes values of a record as the fields of an INSERT or UPDATE. Pure; all rules of writing are
 * here.
 */
import {
  type ColumnType,
  type Dialect,
  type Field,
  type Table,
  wireField,
} from '@chatlayer-tables/contract'
import { InvalidInputError, NotExpressibleError } from '../errors.ts'
import type { Values } from '../types.ts'
import { encodeText, placeOf } from './literal.ts'
import { nearest } from './nearest.ts'
import { columnsOf, type ShapedColumn } from './table-shape.ts'

type WriteKind = 'insert' | 'update'

/**
 * The field for one value; undefined when it is omitted, which is how null is inserted under
 * `nullEncoding: 'omit'`.
 */
function encodeField(
  value: unknown,
  { name, known, place }: ShapedColumn,
  dialect: Dialect,
  kind: WriteKind,
): Field | undefined {
  if (value === null) {
    if (dialect.nullEncoding === 'omit') {
      if (kind === 'insert') return undefined
      throw new NotExpressibleError(`${place}: null cannot be written by an update`, {
        field: place,
        hint: 'How the gateway writes null is unknown (dialect setting nullEncoding). A probe with a scratch table can learn it.',
      })
    }
    return wireField(name, known, nullText(dialect))
  }
  const text = encodeText(value, known, place)
  if (readsAsNull(text, dialect)) {
    throw new NotExpressibleError(
      `${place}: ${text === '' ? 'an empty string' : `the text "${text}"`} cannot be written, since the gateway reads it as null`,
      {
        field: place,
        hint: `The dialect setting nullEncoding is "${dialect.nullEncoding}". Write null instead if you mean null.`,
      },
    )
  }
  if (dialect.nulInText === 'refused' && holdsNul(text, known)) throw nulRefused(place)
  return wireField(name, known, text)
}

/** The wire's form of null, if there is one: null itself is JSON null. */
function nullText(dialect: Dialect): string | null {
  switch (dialect.nullEncoding) {
    case 'empty':
      return ''
    case 'word':
      return 'null'
    default:
      return null
  }
}

/** Whether the gateway reads this literal as null under the dialect. */
export function readsAsNull(text: string, dialect: Dialect): boolean {
  return (
    (dialect.nullEncoding === 'empty' && text === '') ||
    (dialect.nullEncoding === 'word' && text === 'null')
  )
}

/**
 * Whether a literal contains U+0000: in the text itself, or escaped in the text of a JSON value.
 */
export function holdsNul(text: string, type: ColumnType | undefined): boolean {
  if (text.includes('\0')) return true
  return type === 'jsonb' && /(?:^|[^\\])(?:\\\\)*\\u0000/.test(text)
}

function nulRefused(place: string): NotExpressibleError {
  return new NotExpressibleError(`${place}: the text must not contain the character U+0000 (NUL)`, {
    field: place,
    hint: 'PostgreSQL cannot store it (dialect setting nulInText). Remove it from the text.',
  })
}

/**
 * The fields for the values of one record, in the order given. A value that is `undefined` is
 * omitted, like a column that is not named.
 *
 * @throws InvalidInputError for a column that is not in the table (with the nearest), or a value
 *   that is not of its column's type
 * @throws NotExpressibleError when the dialect has no form for it: null in an UPDATE under `omit`,
 *   a text that would be read as null, NUL under `nulInText: 'refused'`
 */
export function encodeFields(
  values: Values,
  table: Table,
  dialect: Dialect,
  kind: WriteKind,
): Field[] {
  const columns = columnsOf(table)
  const fields: Field[] = []
  for (const name of Object.keys(values)) {
    const column = columns.get(name)
    if (column === undefined) throw unknownColumn(name, table, placeOf('values', name))
    const value: unknown = values[name]
    if (value === undefined) continue
    const field = encodeField(value, column, dialect, kind)
    if (field !== undefined) fields.push(field)
  }
  return fields
}

/** Column names that an error lists. */
const LISTED = 20

/**
 * The error for a column that is not in the table; `others` are names that are also valid there.
 */
export function unknownColumn(
  name: string,
  table: Table,
  place: string,
  others: readonly string[] = [],
): InvalidInputError {
  const names = table.columns.map((column) => column.name)
  const near = nearest(name, [...names, ...others])
  const listed = names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', …' : '')
  return new InvalidInputError(`the table "${table.name}" has no column "${name}"`, {
    field: place,
    hint: near === undefined ? `Its columns: ${listed}.` : `Did you mean "${near}"?`,
  })
}
