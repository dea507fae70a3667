/** The names in a query: schemas, their tables, and the gateways of these. */
import type { Client, Table, Version } from '@chatlayer-tables/core'
import type { LoadedTable } from './attached.ts'
import { foldName, quoteName } from './names.ts'
import { createIndexSql, createTableSql, type Shape } from './shape.ts'
import type { Known } from './sql/messages.ts'
import type { PlanSchema } from './sql/protocol.ts'

/** A bot and its default version. */
export interface MirrorConnection {
  readonly client: Client
  readonly version: Version
}

/** The tables of one bot in one version. */
export interface BotSchema {
  readonly kind: 'bot'
  readonly name: string
  /** Undefined for the default connection. */
  readonly profile: string | undefined
  readonly version: Version
  readonly connection: MirrorConnection
  readonly folder: string
  readonly tables: readonly Table[]
  readonly shapes: readonly Shape[]
}

/** Further tables of the query. */
export interface FileSchema {
  readonly kind: 'files'
  readonly name: string
  readonly path: string
  readonly tables: readonly LoadedTable[]
}

export type QuerySchema = BotSchema | FileSchema

/** SQLite's limit for attached databases. */
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
  const suffix = version?.toLowerCase()
  if (profile === undefined) return suffix ?? 'draft'
  return suffix === undefined ? profile : `${profile}@${suffix}`
}

/** Parses a schema's name, such as `prod` or `prod@live`. */
export function parseSchemaName(name: string): { profile: string; version: Version | undefined } {
  const [, profile = name, version] = /^(.+)@(draft|live)$/is.exec(name) ?? []
  const named = version?.toUpperCase()
  return { profile, version: named === 'DRAFT' || named === 'LIVE' ? named : undefined }
}

export function findSchema(schemas: readonly QuerySchema[], name: string): QuerySchema | undefined {
  return schemas.find((schema) => foldName(schema.name) === foldName(name))
}
