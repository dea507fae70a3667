/** Describes a table of MySQL or MariaDB. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { TableName } from '../database/table-name.ts'
import type { MysqlConnection } from '../mysql/connection.ts'
import type { ExistingColumn, ExistingTable } from './existing-table.ts'
import type { Holder } from './holders.ts'

/** @throws InvalidInputError for a view, a table without transactions, and an unknown database */
export async function existingMysql(
  connection: MysqlConnection,
  { schema, name }: TableName & { readonly schema: string },
  target: string,
): Promise<ExistingTable | undefined> {
  const [found] = await connection.rows(
    'select table_type, engine from information_schema.tables where table_schema = ? and table_name = ?',
    [schema, name],
  )
  if (found === undefined) {
    const [known] = await connection.rows(
      'select 1 from information_schema.schemata where schema_name = ?',
      [schema],
    )
    if (known !== undefined) return undefined
    throw new InvalidInputError(`${target}: there is no such database`, { field: 'to' })
  }
  const [type, engine] = found.map(String)
  if (type !== 'BASE TABLE') {
    throw new InvalidInputError(`${target} is not a table`, { field: 'to' })
  }
  if (engine !== 'InnoDB') {
    throw new InvalidInputError(
      `${target} cannot be written in one transaction (engine ${engine})`,
      { field: 'to', hint: 'Change it: alter table … engine = InnoDB' },
    )
  }
  const columns = await connection.rows(COLUMNS, [schema, name])
  const unique = await connection.rows(UNIQUE, [schema, name])
  return { columns: columns.map(existingColumn), unique: unique.map(([column]) => String(column)) }
}

const COLUMNS = `
  select column_name, column_type, data_type, is_nullable, column_default, extra,
    character_maximum_length, character_octet_length, character_set_name, collation_name,
    numeric_precision, numeric_scale, datetime_precision
  from information_schema.columns where table_schema = ? and table_name = ?
  order by ordinal_position`

/** Indexes of one whole column. */
const UNIQUE = `
  select max(column_name) from information_schema.statistics
  where table_schema = ? and table_name = ?
  group by index_name having count(*) = 1 and max(non_unique) = 0 and max(sub_part) is null`

function existingColumn(row: readonly unknown[]): ExistingColumn {
  const [name, fullType, type, nullable, initial, extra, ...limits] = row
  const text = (value: unknown): string => (value == null ? '' : String(value))
  const [characters, bytes, charset, collation, precision, scale, digits] = limits
  const isText = charset != null
  const isNullable = nullable === 'YES'
  const facts: Facts = {
    type: text(type).toLowerCase(),
    fullType: text(fullType).toLowerCase(),
    characters: Number(characters),
    bytes: Number(bytes),
    charset: text(charset),
    precision: Number(precision),
    scale: Number(scale),
    digits: Number(digits),
  }
  return {
    name: text(name),
    declared: isText
      ? `${text(fullType)} character set ${text(charset)} collate ${text(collation)}`
      : text(fullType),
    holder: holderOf(facts),
    isRequired: !isNullable && initial == null && !/auto_increment|generated/i.test(text(extra)),
    isNullable,
    isGenerated: /\b(?:virtual|stored|persistent) ?(?:generated)?/i.test(text(extra)),
  }
}

interface Facts {
  readonly type: string
  readonly fullType: string
  readonly characters: number
  readonly bytes: number
  readonly charset: string
  readonly precision: number
  readonly scale: number
  readonly digits: number
}

const INTEGER_BITS: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
}

function holderOf(facts: Facts): Holder | undefined {
  const { type, fullType, digits } = facts
  if (fullType.startsWith('tinyint(1)')) return { holds: 'boolean' }
  const bits = INTEGER_BITS[type]
  if (bits !== undefined) return integerHolder(bits, fullType.includes('unsigned'))
  switch (type) {
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return textHolder(facts)
    case 'char':
      // Spaces at its end are lost, which a uuid does not have.
      return facts.characters >= 36 ? { holds: 'uuid' } : undefined
    case 'decimal': {
      const { precision, scale } = facts
      return { holds: 'decimal', whole: precision - scale, scale, special: false }
    }
    case 'datetime':
      return { holds: 'timestamp', digits }
    case 'timestamp':
      return {
        holds: 'timestamp',
        digits,
        least: '1970-01-01T00:00:01',
        most: '2038-01-19T03:14:07',
      }
    case 'json':
      return { holds: 'json', strict: false, exact: false }
    case 'uuid':
      return { holds: 'uuid' }
    default:
      return undefined
  }
}

function integerHolder(bits: bigint, isUnsigned: boolean): Holder {
  return isUnsigned
    ? { holds: 'integer', least: 0n, most: 2n ** bits - 1n }
    : { holds: 'integer', least: -(2n ** (bits - 1n)), most: 2n ** (bits - 1n) - 1n }
}

function textHolder({ type, characters, bytes, charset }: Facts): Holder {
  return {
    holds: 'text',
    maxCharacters: type === 'varchar' ? characters : undefined,
    maxBytes: type === 'varchar' || type === 'longtext' ? undefined : bytes,
    // Other character sets have no place for every character.
    ascii: charset !== 'utf8mb4',
  }
}
