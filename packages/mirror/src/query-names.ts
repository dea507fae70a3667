/** What the names in a query stand for: schemas, their tables, and from which gateway these come. */
import type { Client, Table, Version } from '@chatlayer-tables/core'
import type { LoadedTable } from './attached.ts'
import { foldName, quoteName } from './names.ts'
import { createIndexSql, createTableSql, type Shape } from './shape.ts'
import type { Known } from './sql/messages.ts'
import type { PlanSchema } from './sql/protocol.ts'

/** A bot, and the version that is meant when none is said. */
export interface MirrorConnection {
  readonly client: Client
  readonly version: Version
}

/** The tables of one bot in one version. */
export interface BotSchema {
  readonly kind: 'bot'
  readonly name: string
  /** Undefined for the connection that is meant when none is said. */
  readonly profile: string | undefined
  readonly version: Version
  readonly connection: MirrorConnection
  readonly folder: string
  readonly tables: readonly Table[]
  readonly shapes: readonly Shape[]
}

/** Tables that the query brings along. */
export interface FileSchema {
  readonly kind: 'files'
  readonly name: string
  readonly path: string
  readonly tables: readonly LoadedTable[]
}

export type QuerySchema = BotSchema | FileSchema

/** SQLite takes ten beside its own. */
export const MAX_SCHEMAS = 10

export const FILES = 'files'

export function tablesOf(
  schema: QuerySchema,
): readonly { name: string; columns: Shape['columns'] }[] {
  return schema.kind === 'bot' ? schema.shapes : schema.tables
}

export function planSchema(schema: QuerySchema): PlanSchema {
  const { name } = schema
  const tables = tablesOf(schema)
  const prefix = `${quoteName(name)}.`
  const create = tables.flatMap((table) => [
    createTableSql(table, prefix + quoteName(table.name)),
    ...(schema.kind === 'bot' ? [createIndexSql(table, prefix)] : []),
  ])
  return { name, create, tables: tables.map((table) => table.name) }
}

export function knownOf(schemas: readonly QuerySchema[]): Known {
  const tables = schemas.flatMap((schema) =>
    tablesOf(schema).map((table) => ({
      schema: schema.name,
      name: table.name,
      columns: table.columns.map(({ name }) => name),
    })),
  )
  return { tables }
}

/** The schema of a profile's tables in a version: the profile's own name where it is its version. */
export function schemaName(profile: string | undefined, version: Version | undefined): string {
  const said = version?.toLowerCase()
  if (profile === undefined) return said ?? 'draft'
  return said === undefined ? profile : `${profile}@${said}`
}

/** `prod` or `prod@live`, as a schema is named, in parts. */
export function parseSchemaName(name: string): { profile: string; version: Version | undefined } {
  const [, profile = name, version] = /^(.+)@(draft|live)$/is.exec(name) ?? []
  const said = version?.toUpperCase()
  return { profile, version: said === 'DRAFT' || said === 'LIVE' ? said : undefined }
}

export function findSchema(schemas: readonly QuerySchema[], name: string): QuerySchema | undefined {
  return schemas.find((schema) => foldName(schema.name) === foldName(name))
}
