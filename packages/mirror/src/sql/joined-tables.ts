/** Finds tables that a query reads only in the columns of USING or NATURAL JOIN. */
import type { DatabaseSync } from 'node:sqlite'
import { foldName, OWN_PREFIX, quoteName } from '../names.ts'
import { type Access, readingOnly, tableKey } from './access.ts'
import type { PlanRequest } from './protocol.ts'
import { isName, tokenize } from './tokens.ts'

/**
 * Adds them to what the query reads: SQLite's authorizer is not called for such columns. Without its
 * columns, a table that is joined by USING cannot be joined, and one of a NATURAL JOIN is reported as
 * read without columns. Call it last: no authorizer is set then.
 *
 * @param db with the tables, empty
 */
export function noteJoinedTables(db: DatabaseSync, request: PlanRequest, access: Access): void {
  const { sql, schemas } = request
  const written = new Set(
    tokenize(sql)
      .filter(isName)
      .map(({ value }) => foldName(value)),
  )
  const tables = schemas.flatMap(({ name: schema, tables }) =>
    tables.map((name) => ({ schema, name })),
  )
  const allowed = new Set(tables.map(({ schema, name }) => tableKey(schema, name)))
  for (const { schema, name } of tables) {
    if (access.reads.has(tableKey(schema, name)) || !written.has(foldName(name))) continue
    db.setAuthorizer(null)
    const table = `${quoteName(schema)}.${quoteName(name)}`
    db.exec(`PRAGMA query_only = OFF; BEGIN; DROP TABLE ${table};
      CREATE TABLE ${table} (${OWN_PREFIX}_none)`)
    if (needs(db, sql, readingOnly(allowed), access, { schema, name })) access.note(schema, name)
    db.setAuthorizer(null)
    db.exec('ROLLBACK; PRAGMA query_only = ON')
  }
}

function needs(
  db: DatabaseSync,
  sql: string,
  { authorize, reads }: Access,
  before: Access,
  { schema, name }: { readonly schema: string; readonly name: string },
): boolean {
  db.setAuthorizer(authorize)
  try {
    db.prepare(sql)
  } catch {
    return true
  }
  // SQLite passes no schema for a table without read columns, which may be another of this name.
  const key = tableKey('', name)
  return reads.has(tableKey(schema, name)) || (reads.has(key) && !before.reads.has(key))
}
