/** Finds and describes a table of PostgreSQL. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { TableName } from '../database/table-name.ts'
import type { PostgresConnection, TextRow } from '../postgres/connection.ts'
import { SideError } from '../side-error.ts'
import type { ExistingColumn, ExistingTable } from './existing-table.ts'
import { type Holder, MAX_INT64, MIN_INT64, UNLIMITED } from './holders.ts'
import type { Privilege } from './session.ts'
import { quoteFor, RUNS_TABLE } from './statements.ts'

const quote = quoteFor('postgres')

export interface FoundTable {
  /** As the server has them. */
  readonly schema: string
  readonly table: string
  /** Its kind in pg_class; undefined where there is no such table. */
  readonly kind: string | undefined
  readonly id: string | undefined
}

/** @throws InvalidInputError for a schema that does not exist */
export async function describePostgres(
  connection: PostgresConnection,
  { schema, name }: TableName,
  target: string,
): Promise<FoundTable> {
  const quoted = schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
  const [found] = await connection.rows(
    `select n.nspname, c.relname, c.relkind, c.oid
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)`,
    [quoted],
  )
  const [in_, table, kind, id] = found ?? []
  if (in_ && table) return { schema: in_, table, kind: kind ?? undefined, id: id ?? undefined }
  const [[own] = []] = await connection.rows(
    'select nspname from pg_namespace where nspname = coalesce($1, current_schema())',
    [schema ?? null],
  )
  if (own) return { schema: own, table: name, kind: undefined, id: undefined }
  throw new InvalidInputError(`${target}: there is no schema ${quote(schema ?? 'public')}`, {
    field: 'to',
    hint: `Create it: create schema ${quote(schema ?? 'public')}`,
  })
}

/** @throws InvalidInputError for a view and the like, SideError without the privileges to write */
export async function existingPostgres(
  connection: PostgresConnection,
  { schema, table, kind, id }: FoundTable,
  target: string,
  needs: readonly Privilege[],
): Promise<ExistingTable | undefined> {
  if (kind !== undefined && kind !== 'r' && kind !== 'p') {
    throw new InvalidInputError(`${target} is not a table`, { field: 'to' })
  }
  const own = quote(schema)
  const lacks: string[] = []
  const tableLacks = async (name: string, privileges: readonly string[]): Promise<void> => {
    const missing = await connection.rows(
      'select p from unnest($1::text[]) p where not has_table_privilege(to_regclass($2)::oid, p)',
      [privileges, `${own}.${quote(name)}`],
    )
    const names = missing.map(([privilege]) => privilege).join(', ')
    if (names !== '') lacks.push(`${names} on ${own}.${quote(name)}`)
  }
  const [[mayCreate, mayStage, database, hasRuns] = []] = await connection.rows(MAY, [
    own,
    `${own}.${quote(RUNS_TABLE)}`,
  ])
  const keepsState = needs.includes('state')
  if (id !== undefined) {
    await tableLacks(
      table,
      needs.filter((need) => need !== 'state'),
    )
  }
  if (keepsState && hasRuns === 't') await tableLacks(RUNS_TABLE, ['select', 'insert', 'update'])
  const creates = id === undefined || (keepsState && hasRuns === 'f')
  if (creates && mayCreate !== 't') lacks.push(`create on schema ${own}`)
  if (mayStage !== 't') lacks.push(`temporary on database ${quote(database ?? '')}`)
  if (lacks.length > 0) throw denied(target, lacks)
  if (id === undefined) return undefined
  const columns = await connection.rows(COLUMNS, [id])
  const unique = await connection.rows(UNIQUE, [id])
  return { columns: columns.map(existingColumn), unique: unique.map(([name]) => name ?? '') }
}

function denied(target: string, lacks: readonly string[]): SideError {
  return new SideError('SIDE_ACCESS', `${target}: this user may not write there`, {
    hint: `Ask for these privileges: ${lacks.map((what) => `grant ${what} to …`).join('; ')}`,
  })
}

/** @throws SideError where the user may not add columns */
export async function checkOwner(
  connection: PostgresConnection,
  id: string | undefined,
  target: string,
): Promise<void> {
  const [[owns] = []] = await connection.rows(
    "select pg_has_role(relowner, 'usage') from pg_class where oid = $1::oid",
    [id],
  )
  if (owns === 't') return
  throw new SideError('SIDE_ACCESS', `${target}: only its owner may add columns to it`, {
    hint: 'Use a user that owns the table, or ask its owner to add the columns: the message without --add-columns has the statement.',
  })
}

/** Of schema $1: whether tables may be created, also temporary ones, and whether table $2 exists. */
const MAY = `
  select has_schema_privilege(to_regnamespace($1)::oid, 'create'),
    has_database_privilege(current_database(), 'temporary'), current_database(),
    to_regclass($2) is not null`

/** A domain is described by the type that it is of. */
const COLUMNS = `
  select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname),
    case when b.oid is null or a.atttypmod >= 0 then a.atttypmod else t.typtypmod end,
    a.attnotnull, a.atthasdef, a.attgenerated <> '' or a.attidentity = 'a', a.attidentity <> ''
  from pg_attribute a join pg_type t on t.oid = a.atttypid
    left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
  where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
  order by a.attnum`

const UNIQUE = `
  select a.attname
  from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indnkeyatts = 1
    and i.indpred is null and i.indexprs is null`

function existingColumn(row: TextRow): ExistingColumn {
  const [name, declared, type, modifier, isNotNull, hasDefault, isGenerated, isIdentity] = row
  return {
    name: name ?? '',
    declared: declared ?? '',
    holder: holderOf(type ?? '', Number(modifier)),
    isRequired: isNotNull === 't' && hasDefault === 'f' && isIdentity === 'f',
    isNullable: isNotNull === 'f',
    isGenerated: isGenerated === 't',
  }
}

const INT16: Holder = { holds: 'integer', least: -32_768n, most: 32_767n }
const INT32: Holder = { holds: 'integer', least: -2_147_483_648n, most: 2_147_483_647n }

/** @param modifier of the type: length, precision or scale; -1 for none */
function holderOf(type: string, modifier: number): Holder | undefined {
  switch (type) {
    case 'text':
    case 'citext':
      return { holds: 'text' }
    case 'varchar':
      return { holds: 'text', maxCharacters: modifier < 0 ? undefined : modifier - 4 }
    case 'int2':
      return INT16
    case 'int4':
      return INT32
    case 'int8':
      return { holds: 'integer', least: MIN_INT64, most: MAX_INT64 }
    case 'numeric':
      return modifier < 0 ? UNLIMITED : numericHolder(modifier - 4)
    case 'bool':
      return { holds: 'boolean' }
    case 'timestamptz':
    case 'timestamp':
      return { holds: 'timestamp', digits: modifier < 0 ? 6 : modifier }
    case 'uuid':
      return { holds: 'uuid' }
    case 'jsonb':
      return { holds: 'json', strict: true, exact: true }
    case 'json':
      return { holds: 'json', strict: false, exact: true }
    default:
      return undefined
  }
}

/** The scale has eleven bits and a sign. */
function numericHolder(packed: number): Holder {
  const precision = (packed >> 16) & 0xffff
  const scale = ((packed & 0x7ff) ^ 1024) - 1024
  return { holds: 'decimal', whole: precision - scale, scale: Math.max(0, scale), special: false }
}
