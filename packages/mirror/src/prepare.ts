/** Finds the tables that a query reads. Brings none up to date. */
import { parseTableReference, type TableReference } from '@chatlayer-tables/core'
import { SqlError, type SqlLimitError } from './errors.ts'
import { foldName } from './names.ts'
import {
  FILES,
  findSchema,
  knownOf,
  MAX_SCHEMAS,
  planSchema,
  type QuerySchema,
  schemaName,
  tablesOf,
} from './query-names.ts'
import { type Engine, QueryFailure } from './sql/engine.ts'
import { explainFailure, positionAt, suspectsOf } from './sql/messages.ts'
import type { ReadTable } from './sql/protocol.ts'
import { fileReferences, type Replacement, replaceAll, replaceName } from './sql/rewrite.ts'
import { isName, parametersOf, statements, type Token, tokenize } from './sql/tokens.ts'
import type { SqlValue } from './values.ts'

export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>

/** A table that a query reads, and its columns. */
export interface PreparedRead {
  readonly schema: QuerySchema
  readonly name: string
  readonly columns: readonly string[]
}

/** A checked query that may be run. */
export interface Prepared {
  /** The query as written. */
  readonly text: string
  /** The query for SQLite. */
  readonly sql: string
  readonly tokens: readonly Token[]
  readonly schemas: readonly QuerySchema[]
  readonly reads: readonly PreparedRead[]
  /** SQLite's query plan, where it was requested. */
  readonly steps: readonly string[]
}

export interface PrepareContext {
  readonly engine: Engine
  /** The schemas that resolve a name without a schema, in this order. */
  readonly schemas: readonly QuerySchema[]
  /** The tables of another profile; undefined where there are none. */
  readonly schemaOf: (name: string) => Promise<QuerySchema | undefined>
  readonly explain: boolean
  readonly signal: AbortSignal | undefined
}

const READING = new Set(['select', 'with', 'values', 'explain'])

/** The only statement of a text. @throws SqlError where it is not one query */
export function onlyStatement(sql: string): readonly Token[] {
  if (sql.includes('\0')) {
    throw new SqlError('SQL must not contain NUL', {
      kind: 'wrong',
      position: positionAt(sql, sql.indexOf('\0')),
    })
  }
  const [first = [], second] = statements(tokenize(sql))
  const [word] = first
  if (word === undefined) throw new SqlError('there is no query', { kind: 'wrong' })
  const broken = first.find(({ kind }) => kind === 'broken')
  if (broken !== undefined) {
    throw new SqlError(`${broken.text.slice(0, 1)} is never closed`, {
      kind: 'wrong',
      position: positionAt(sql, broken.start),
    })
  }
  if (!READING.has(word.value.toLowerCase()) && word.text !== '(') {
    throw new SqlError(`${word.value.slice(0, 40)} is not allowed here`, {
      kind: 'refused',
      hint: 'Queries begin with SELECT, WITH or VALUES.',
      position: positionAt(sql, word.start),
    })
  }
  if (second?.[0] !== undefined) {
    throw new SqlError('there is more than one statement', {
      kind: 'refused',
      hint: 'Send one query at a time.',
      position: positionAt(sql, second[0].start),
    })
  }
  return first
}

/** The replacements for every `file('…')`, by the names under which the files were loaded. */
export function replaceFiles(
  tokens: readonly Token[],
  names: ReadonlyMap<string, string>,
): Replacement[] {
  return fileReferences(tokens).map(({ path, start, end }) => {
    const name = names.get(path) ?? path
    return replaceName({ start, end } as Token, FILES, name)
  })
}

/**
 * Finds what a query reads: SQLite prepares it on empty tables. Schemas and table
 * references that are missing are resolved among the profiles.
 *
 * @throws SqlError, and the errors of a connection
 */
export async function prepareQuery(
  text: string,
  tokens: readonly Token[],
  files: readonly Replacement[],
  context: PrepareContext,
): Promise<Prepared> {
  const schemas = [...context.schemas]
  const replacements = [...files]
  while (true) {
    const sql = replaceAll(text, replacements)
    const written = tokenize(sql)
    const suspects = suspectsOf(written)
    try {
      const { reads, steps } = await context.engine.plan(
        {
          kind: 'plan',
          sql,
          schemas: schemas.map(planSchema),
          explain: context.explain,
          ends: suspects.map(({ end }) => end),
        },
        context.signal,
      )
      return { text, sql, tokens, schemas, steps, reads: resolve(reads, schemas) }
    } catch (error) {
      if (!(error instanceof QueryFailure)) throw error
      const missing = /^no such table: (.+)$/s.exec(error.reply.message)?.[1]
      if (missing !== undefined && schemas.length < MAX_SCHEMAS) {
        const more = await findMissing(missing, tokens, schemas, context)
        if (more !== undefined) {
          schemas.push(...more.schemas)
          replacements.push(...more.replacements)
          continue
        }
      }
      throw failure(error, sql, schemas)
    }
  }
}

/** @param sql the query for SQLite; where it differs from the written one, positions may be wrong */
export function failure(
  error: QueryFailure,
  sql: string,
  schemas: readonly QuerySchema[],
): SqlError | SqlLimitError {
  const tokens = tokenize(sql)
  return explainFailure(error, sql, tokens, suspectsOf(tokens), knownOf(schemas))
}

interface Missing {
  readonly schemas: readonly QuerySchema[]
  readonly replacements: readonly Replacement[]
}

/** A schema that is a profile, or a name in quotes that is `[profile:]table[@version]`. */
async function findMissing(
  name: string,
  tokens: readonly Token[],
  schemas: readonly QuerySchema[],
  { schemaOf }: PrepareContext,
): Promise<Missing | undefined> {
  const schema = tokens.find(
    (token, index) =>
      isName(token) &&
      tokens[index + 1]?.text === '.' &&
      foldName(`${token.value}.${tokens[index + 2]?.value}`) === foldName(name),
  )
  if (schema !== undefined) {
    if (findSchema(schemas, schema.value) !== undefined) return undefined
    const found = await schemaOf(schema.value)
    return found === undefined ? undefined : { schemas: [found], replacements: [] }
  }
  const quoted = tokens.filter(({ kind, value }) => kind === 'quoted' && value === name)
  const reference = quoted.length === 0 ? undefined : readReference(name)
  if (reference === undefined) return undefined
  const wanted = schemaName(reference.profile, reference.version)
  const held = findSchema(schemas, wanted)
  const found = held ?? (await schemaOf(wanted))
  if (found === undefined) return undefined
  const table = sqlNameOf(found, reference.table)
  return {
    schemas: held === undefined ? [found] : [],
    replacements: quoted.map((token) => replaceName(token, found.name, table)),
  }
}

function readReference(text: string): TableReference | undefined {
  try {
    const reference = parseTableReference(text)
    return (reference.profile ?? reference.version) ? reference : undefined
  } catch {
    return undefined
  }
}

/** Resolves a table's name, its id, or its name in SQL. */
function sqlNameOf(schema: QuerySchema, wanted: string): string {
  if (schema.kind === 'files') return wanted
  const { shapes } = schema
  const shape =
    shapes.find(({ table }) => table === wanted) ?? shapes.find(({ tableId }) => tableId === wanted)
  return shape?.name ?? wanted
}

function resolve(reads: readonly ReadTable[], schemas: readonly QuerySchema[]): PreparedRead[] {
  const found = new Map<string, PreparedRead>()
  for (const { schema: schemaOfRead, name, columns } of reads) {
    const among =
      schemaOfRead === ''
        ? schemas
        : schemas.filter((schema) => foldName(schema.name) === foldName(schemaOfRead))
    for (const schema of among) {
      const table = tablesOf(schema).find((held) => foldName(held.name) === foldName(name))
      if (table === undefined) continue
      const key = `${schema.name}\0${table.name}`
      const more = [...columns, ...(found.get(key)?.columns ?? [])]
      found.set(key, { schema, name: table.name, columns: more })
      break
    }
  }
  return [...found.values()]
}

/** @throws SqlError for a parameter without a value, and a value without a parameter */
export function checkParameters(
  sql: string,
  tokens: readonly Token[],
  params: SqlParameters,
): void {
  const { names, places } = parametersOf(tokens)
  const wrong = (message: string, name?: string): SqlError => {
    const token = tokens.find(({ kind, text }) => kind === 'parameter' && text.slice(1) === name)
    const position = token && positionAt(sql, token.start)
    return new SqlError(message, { kind: 'parameter', position })
  }
  if (isList(params)) {
    const missing = names[0]
    if (missing !== undefined) throw wrong(`the parameter "${missing}" has no value`, missing)
    if (params.length === places) return
    throw wrong(`the query has ${places} parameters, but ${params.length} were passed`)
  }
  const given = Object.keys(params)
  const missing = names.find((name) => !given.includes(name))
  if (missing !== undefined) throw wrong(`the parameter "${missing}" has no value`, missing)
  if (places > 0) throw wrong(`the query has ${places} parameters, but 0 were passed`)
  const extra = given.find((name) => !names.includes(name))
  if (extra !== undefined) throw wrong(`the query has no parameter "${extra}"`)
}

function isList(params: SqlParameters): params is readonly SqlValue[] {
  return Array.isArray(params)
}
