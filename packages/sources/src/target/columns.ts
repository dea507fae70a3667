/** Which columns of a database the records of a table are written to. Pure. */
import { type ColumnType, columnTypeOf, type RecordField } from '@chatlayer-tables/contract'
import {
  InvalidInputError,
  nearest,
  type Table,
  type TableRecord,
  type Value,
} from '@chatlayer-tables/core'
import { metaTitles } from '@chatlayer-tables/files'
import { type FieldType, TARGET_TYPES, type TargetKind } from './holders.ts'

/** A column of the database. */
export interface TargetColumn {
  /** Its name in the database. */
  readonly name: string
  /** The record's own field, or the column of the table. */
  readonly source: { readonly field: RecordField } | { readonly column: string }
  /** Undefined for a type that is not known. */
  readonly type: ColumnType | undefined
  /** The type with which it is created. */
  readonly declared: string
}

/**
 * The columns for a table: `id`, `created_at` and `updated_at`, then its own, all or the selected ones. A
 * name that an own column has becomes `record_id` and so on, as in files.
 *
 * @throws InvalidInputError for a selected column that the table does not have, and for names that the
 *   database does not have or does not distinguish
 */
export function targetColumns(
  kind: TargetKind,
  table: Table,
  select?: readonly string[],
): TargetColumn[] {
  const types = TARGET_TYPES[kind]
  const own = select === undefined ? table.columns : select.map((name) => columnNamed(name, table))
  const fields = [...metaTitles(table)].map(([field, title]): TargetColumn => {
    const type: FieldType = field === 'id' ? 'id' : 'timestamp'
    return {
      name: inSnakeCase(title),
      source: { field },
      type: field === 'id' ? 'text' : 'timestamp',
      declared: types[type].declared,
    }
  })
  const columns = own.map(({ name, type }): TargetColumn => {
    const known = columnTypeOf(type)
    return {
      name,
      source: { column: name },
      type: known,
      declared: types[known ?? 'text'].declared,
    }
  })
  const all = [...fields, ...columns]
  checkNames(kind, all)
  return all
}

function columnNamed(name: string, table: Table): Table['columns'][number] {
  const column = table.columns.find((own) => own.name === name)
  if (column !== undefined) return column
  const near = nearest(
    name,
    table.columns.map((own) => own.name),
  )
  throw new InvalidInputError(`select: "${table.name}" has no column "${name}"`, {
    field: 'select',
    hint: near === undefined ? undefined : `Did you mean "${near}"?`,
  })
}

/** `record createdAt` as `record_created_at`. */
function inSnakeCase(title: string): string {
  return title.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(' ', '_')
}

interface NameRules {
  readonly label: string
  /** The longest name: in bytes of UTF-8, or in characters. */
  readonly maxBytes?: number
  readonly maxCharacters?: number
  readonly maxColumns: number
  /** Whether names that differ in letter case only are the same column. */
  readonly foldsCase: boolean
  /** Names that it does not take, whatever their length. */
  readonly invalid: RegExp
}

const NAME_RULES: Readonly<Record<TargetKind, NameRules>> = {
  postgres: {
    label: 'PostgreSQL',
    maxBytes: 63,
    maxColumns: 1_600,
    foldsCase: false,
    invalid: /^$|\0|\p{Surrogate}|^(?:tableoid|xmin|cmin|xmax|cmax|ctid)$/u,
  },
  mysql: {
    label: 'MySQL',
    maxCharacters: 64,
    maxColumns: 1_017,
    foldsCase: true,
    // Names end without spaces, and have no characters beyond the first 65,536.
    invalid: /^$|\0|\p{Surrogate}| $|[\u{10000}-\u{10FFFF}]/u,
  },
  sqlite: {
    label: 'SQLite',
    maxColumns: 2_000,
    foldsCase: true,
    invalid: /^$|\0|\p{Surrogate}/u,
  },
}

/** @throws InvalidInputError that names all columns whose names the database cannot have */
function checkNames(kind: TargetKind, columns: readonly TargetColumn[]): void {
  const rules = NAME_RULES[kind]
  const problems: string[] = []
  const seen = new Map<string, string>()
  for (const { name } of columns) {
    if (rules.invalid.test(name)) problems.push(`"${name}" is not a name of a column there`)
    else if (isTooLong(name, rules)) problems.push(`"${name}" is longer than ${limitOf(rules)}`)
    // SQLite and MySQL fold more letters than ASCII in part; names that fold alike are rare.
    const key = rules.foldsCase ? name.toLowerCase() : name
    const other = seen.get(key)
    if (other !== undefined) problems.push(`"${other}" and "${name}" are the same name there`)
    seen.set(key, name)
  }
  if (columns.length > rules.maxColumns) {
    problems.push(`it has ${columns.length} columns; the limit is ${rules.maxColumns}`)
  }
  if (problems.length === 0) return
  throw new InvalidInputError(
    `the table's columns cannot be columns of ${rules.label}: ${problems.join('; ')}`,
    { field: 'select', hint: 'Select the other columns.' },
  )
}

function isTooLong(name: string, { maxBytes, maxCharacters }: NameRules): boolean {
  return (
    (maxBytes !== undefined && Buffer.byteLength(name) > maxBytes) ||
    (maxCharacters !== undefined && name.length > maxCharacters)
  )
}

function limitOf({ maxBytes, maxCharacters }: NameRules): string {
  return maxBytes === undefined ? `${maxCharacters} characters` : `${maxBytes} bytes`
}

/** The value of a record for a column. A gateway may give no dates; they are null then. */
export function recordValue({ source }: TargetColumn, record: TableRecord): Value {
  if ('field' in source) return record[source.field] || null
  return record.values[source.column] ?? null
}
