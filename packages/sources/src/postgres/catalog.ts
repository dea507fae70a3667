/** Finds tables, columns and types in the catalog of a database. */
import { noSuchTable } from '../database/no-such-table.ts'
import { type TableName, tableNameText } from '../database/table-name.ts'
import { SideError } from '../side-error.ts'
import type { PostgresConnection } from './connection.ts'
import type { CatalogType } from './types.ts'

/** What can be read like a table: tables, partitioned ones, views, materialized views, foreign tables. */
const KINDS = `c.relkind in ('r', 'p', 'v', 'm', 'f')`

export interface CatalogTable {
  readonly oid: string
  readonly schema: string
  readonly name: string
  /** Whether policies may hide rows from this user. */
  readonly hasPolicies: boolean
  /** Bytes on disk; undefined where its rows are somewhere else. */
  readonly size: number | undefined
}

export interface CatalogColumn {
  readonly name: string
  readonly typeOid: string
  readonly declared: string
}

/** @throws InvalidInputError when there is no such table, with near names or all */
export async function findTable(
  connection: PostgresConnection,
  name: TableName,
): Promise<CatalogTable> {
  const [found] = await connection.rows(
    `select c.oid, n.nspname, c.relname, row_security_active(c.oid),
       case when c.relkind in ('r', 'm') and not c.relhassubclass then pg_relation_size(c.oid) end
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${KINDS} and c.oid = to_regclass(coalesce(quote_ident($1) || '.', '') || quote_ident($2))`,
    [name.schema ?? null, name.name],
  )
  if (found === undefined) {
    throw noSuchTable(name, await listTables(connection))
  }
  const [oid, schema, table, policies, size] = found
  return {
    oid: oid ?? '',
    schema: schema ?? '',
    name: table ?? '',
    hasPolicies: policies === 't',
    size: size == null ? undefined : Number(size),
  }
}

/** The tables that this user may read, in the schemas of users. */
export async function listTables(connection: PostgresConnection): Promise<string[]> {
  const rows = await connection.rows(
    `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${KINDS} and n.nspname !~ '^(pg_|information_schema$)' and not c.relispartition
       and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
     order by 1, 2 limit 5000`,
  )
  return rows.map(([schema, name]) => tableNameText({ schema: schema ?? '', name: name ?? '' }))
}

/** @throws SideError for columns that this user may not read, naming them */
export async function tableColumns(
  connection: PostgresConnection,
  table: CatalogTable,
): Promise<CatalogColumn[]> {
  const rows = await connection.rows(
    `select attname, atttypid, format_type(atttypid, atttypmod),
       has_column_privilege(attrelid, attnum, 'select')
     from pg_attribute where attrelid = $1::oid and attnum > 0 and not attisdropped
     order by attnum`,
    [table.oid],
  )
  const hidden = rows.flatMap(([name, , , mayRead]) => (mayRead === 't' ? [] : [`"${name}"`]))
  if (hidden.length > 0) {
    const name = tableNameText(table)
    const isPart = hidden.length < rows.length
    throw new SideError(
      'SIDE_ACCESS',
      isPart
        ? `this user may not read ${hidden.join(', ')} of ${name}`
        : `this user may not read ${name}`,
      {
        hint: isPart ? 'Read the other columns with a query.' : `Ask for: grant select on ${name}`,
      },
    )
  }
  return rows.map(([name, typeOid, declared]) => ({
    name: name ?? '',
    typeOid: typeOid ?? '',
    declared: declared ?? '',
  }))
}

/** The declared types of the columns of a query. */
export async function formatTypes(
  connection: PostgresConnection,
  types: readonly { readonly oid: number; readonly modifier: number }[],
): Promise<string[]> {
  const rows = await connection.rows(
    `select format_type(t.oid, t.modifier)
     from unnest($1::oid[], $2::int[]) with ordinality t(oid, modifier, n) order by n`,
    [types.map(({ oid }) => oid), types.map(({ modifier }) => modifier)],
  )
  return rows.map(([declared]) => declared ?? '')
}

/** The types with these oids, and all that they are made of. */
export async function loadTypes(
  connection: PostgresConnection,
  oids: readonly string[],
): Promise<ReadonlyMap<string, CatalogType>> {
  const rows = await connection.rows(
    `with recursive parts(oid) as (
       select unnest($1::oid[])
       union
       select part.oid from parts join pg_type t on t.oid = parts.oid cross join lateral (
         select t.typbasetype where t.typtype = 'd'
         union all select t.typelem where t.typelem <> 0
         union all select a.atttypid from pg_attribute a
           where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
       ) part(oid)
     )
     select t.oid, n.nspname, t.typname, t.typtype, t.typbasetype, t.typdelim,
       case when exists (select from pg_type e where e.typarray = t.oid) then t.typelem end,
       (select json_agg(json_build_object('name', a.attname, 'oid', a.atttypid::text) order by a.attnum)
        from pg_attribute a
        where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
     from parts join pg_type t using (oid) join pg_namespace n on n.oid = t.typnamespace`,
    [oids],
  )
  return new Map(
    rows.map(([oid, schema, name, kind, base, delimiter, element, attributes]) => {
      const type: CatalogType = {
        oid: oid ?? '',
        schema: schema ?? '',
        name: name ?? '',
        kind: kind ?? '',
        base: base ?? '',
        delimiter: delimiter ?? ',',
        element: element ?? undefined,
        attributes: attributes == null ? [] : JSON.parse(attributes),
      }
      return [type.oid, type]
    }),
  )
}
