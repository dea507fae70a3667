/** Makes the schema, and brings it up to date: steps in their order, each once, whoever starts at once. */
import { createHash } from 'node:crypto'
import { StorageError } from '@chatlayer-tables/local'
import type { StateSituation } from './database/situation.ts'
import type { Database, Run } from './database.ts'
import { MIGRATIONS, PARTS } from './migrations/index.ts'
import { type Migration, SCHEMA } from './migrations/migration.ts'

/**
 * - `current`: all steps of this release were done
 * - `missing`: none was
 * - `older`: some were not
 * - `newer`: a newer release did steps that this one does not know
 */
export type SchemaStatus = 'current' | 'missing' | 'older' | 'newer'

export interface SchemaState {
  readonly status: SchemaStatus
  /** Steps of this release that were not done, in their order. */
  readonly pending: readonly string[]
  /** Steps that were done and that this release does not know. */
  readonly unknown: readonly string[]
  /** The role that is connected, and whether it may do steps. */
  readonly role: string
  readonly mayMigrate: boolean
  /** The owner of the schema; undefined where there is none. */
  readonly owner: string | undefined
}

/** The oldest version whose SQL is used: numbers from `extract` are exact since then. */
const MIN_VERSION = 14
/** One lock for all programs that do steps; a number of no meaning. */
const LOCK_KEY = '4920161207310427'
/** Steps may read and write whole tables. */
const STEP_MS = 3_600_000
/** How long a step waits for other programs that use a table, which wait for it meanwhile. */
const TABLE_LOCK_MS = 10_000

const SCHEMAS: readonly string[] = [SCHEMA, ...PARTS.map(({ schema }) => schema)]

const FACTS = `select
    current_setting('server_version_num')::int / 10000 as version,
    (select pg_encoding_to_char(encoding) from pg_database where datname = current_database())
      as encoding,
    current_user::text as role,
    to_regclass('${SCHEMA}.migrations') is not null as has_steps,
    owner.rolname::text as owner,
    case when space.oid is null then has_database_privilege(current_database(), 'CREATE')
      else has_schema_privilege(space.oid, 'CREATE') and pg_has_role(space.nspowner, 'USAGE')
    end as may_migrate
  from (select 1) as one
    left join pg_namespace as space on space.nspname = '${SCHEMA}'
    left join pg_roles as owner on owner.oid = space.nspowner`

/** The steps that were done, with the digests of their statements. */
const DONE = `select name, digest from ${SCHEMA}.migrations order by name`

/**
 * Looks at the schema. Changes nothing.
 *
 * @throws StorageError, also for a server that is too old and for a step that another text was done of
 */
export async function checkSchema(
  database: Database,
  steps: readonly Migration[] = MIGRATIONS,
): Promise<SchemaState> {
  const [facts] = await database.query(FACTS)
  checkServer(database.place, Number(facts?.version), String(facts?.encoding))
  const rows = facts?.has_steps === true ? await database.query(DONE) : []
  const done = new Map(rows.map(({ name, digest }) => [String(name), String(digest)]))
  for (const step of steps) checkDigest(database.place, step, done.get(step.name))
  const pending = steps.map(({ name }) => name).filter((name) => !done.has(name))
  const known = new Set(steps.map(({ name }) => name))
  const unknown = [...done.keys()].filter((name) => !known.has(name))
  return {
    status: statusOf(done.size, pending.length, unknown.length),
    pending,
    unknown,
    role: String(facts?.role),
    mayMigrate: facts?.may_migrate === true,
    owner: facts?.owner === null ? undefined : String(facts?.owner),
  }
}

/**
 * Does the steps that were not done. Programs that do it at once wait for each other.
 *
 * @returns the names of the steps that this call did
 * @throws StorageError; the steps before the one that failed are done
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[] = MIGRATIONS,
): Promise<string[]> {
  const found = await checkSchema(database, steps)
  if (found.status === 'newer') throw newer(database.place, found)
  const done: string[] = []
  for (const step of steps) {
    if (found.pending.includes(step.name) && (await doStep(database, step))) done.push(step.name)
  }
  return done
}

/** Does {@link migrate}, and the same for the schemas of libraries. @throws StorageError */
export async function migrateAll(database: Database): Promise<string[]> {
  const done = await migrate(database)
  for (const part of PARTS) await part.migrate(database)
  return done
}

/**
 * Makes the schema ready for this release when a program starts, as far as its role may.
 *
 * @throws StorageError that says what to do
 */
export async function prepareSchema(database: Database): Promise<void> {
  const found = await checkSchema(database)
  if (found.status === 'current') return
  if (found.status === 'newer') throw newer(database.place, found)
  if (!found.mayMigrate) throw notAllowed(database.place, found)
  await migrate(database)
}

/**
 * Lets a role use everything that was made, as {@link grantsTo} says.
 *
 * @throws StorageError
 */
export async function grantTo(database: Database, role: string): Promise<void> {
  const rows = await database.query('select nspname::text as name from pg_namespace')
  const made = new Set(rows.map((row) => row.name))
  const statements = grantsTo(
    role,
    SCHEMAS.filter((schema) => made.has(schema)),
  )
  await database.transaction(
    async (run) => {
      for (const statement of statements) await run(statement)
    },
    { isRepeatable: true },
  )
}

/**
 * Statements that let a role use everything, and change nothing of the schema. They are to be run by the
 * role that migrates, and hold for what its later steps make.
 */
export function grantsTo(role: string, schemas: readonly string[] = SCHEMAS): string[] {
  const name = quoted(role)
  return schemas.flatMap((each) => {
    const schema = quoted(each)
    const [tables, sequences] = ['select, insert, update, delete on', 'usage, select on']
    const later = `alter default privileges in schema ${schema} grant`
    return [
      `grant usage on schema ${schema} to ${name}`,
      `grant ${tables} all tables in schema ${schema} to ${name}`,
      `grant ${sequences} all sequences in schema ${schema} to ${name}`,
      `${later} ${tables} tables to ${name}`,
      `${later} ${sequences} sequences to ${name}`,
    ]
  })
}

function statusOf(done: number, pending: number, unknown: number): SchemaStatus {
  if (unknown > 0) return 'newer'
  if (pending === 0) return 'current'
  return done === 0 ? 'missing' : 'older'
}

/** @returns whether it was left to do */
async function doStep(database: Database, { name, sql }: Migration): Promise<boolean> {
  const options = { isRepeatable: true, statementMs: STEP_MS }
  try {
    return await database.transaction(async (run) => {
      await run(`set local lock_timeout = 0`)
      await run('select pg_advisory_xact_lock($1)', [LOCK_KEY])
      await run(`set local lock_timeout = ${TABLE_LOCK_MS}`)
      await makeSchema(run)
      const [found] = await run(`select 1 from ${SCHEMA}.migrations where name = $1`, [name])
      if (found !== undefined) return false
      await run(sql)
      const values = [name, digestOf(sql)]
      await run(`insert into ${SCHEMA}.migrations (name, digest) values ($1, $2)`, values)
      return true
    }, options)
  } catch (error) {
    if (!(error instanceof StorageError) || error.kind === 'unreachable') throw error
    const { kind, path, hint } = error
    const message = `the step ${name} of the schema failed: ${error.message}`
    throw new StorageError(kind, path, { message, hint })
  }
}

async function makeSchema(run: Run): Promise<void> {
  const [schema] = await run('select 1 from pg_namespace where nspname = $1', [SCHEMA])
  // The right to make a schema is not needed where an administrator has made it.
  if (schema === undefined) await run(`create schema ${SCHEMA}`)
  await run(`create table if not exists ${SCHEMA}.migrations (
    name text primary key, digest text not null, done timestamptz not null default now())`)
}

/** Not of the spaces, which a formatter may change. */
function digestOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll(/\s+/g, ' ').trim()).digest('hex')
}

function checkServer(place: string, version: number, encoding: string): void {
  if (version < MIN_VERSION) {
    throw new StorageError('damaged', place, {
      message: `${place} is PostgreSQL ${version}, and ${MIN_VERSION} or newer is required`,
      hint: 'Use a newer server.',
    })
  }
  if (encoding !== 'UTF8') {
    throw new StorageError('damaged', place, {
      message: `${place} has the encoding ${encoding}, which cannot store every text`,
      hint: "Create another database: create database … encoding 'UTF8' template template0",
    })
  }
}

function checkDigest(place: string, { name, sql }: Migration, digest: string | undefined): void {
  if (digest === undefined || digest === digestOf(sql)) return
  throw new StorageError('damaged', place, {
    message: `the schema ${SCHEMA} in ${place} was made by another release: its step ${name} differs`,
    hint: 'Use the release that made it.',
  })
}

function newer(place: string, { unknown }: SchemaState): StorageError {
  return new StorageError('damaged', place, {
    message: `the schema ${SCHEMA} in ${place} is of a newer release (${unknown.join(', ')})`,
    hint: 'Use that release of chatlayer-tables, or a newer one, on this machine too.',
  })
}

function notAllowed(place: string, { status, role, owner, pending }: SchemaState): StorageError {
  const problem =
    status === 'missing'
      ? `${place} has no tables of chatlayer-tables`
      : `the schema ${SCHEMA} in ${place} lacks steps of this release (${pending.join(', ')})`
  const by = owner === undefined ? 'a role that may create a schema' : `the role "${owner}"`
  return new StorageError('missing', place, {
    message: `${problem}, and the role "${role}" may not make them`,
    hint: `Migrate the state once, connected as ${by}.`,
    situation: { code: 'STATE_NOT_MIGRATED', data: { owner } } satisfies StateSituation,
  })
}

/** A name as an identifier of SQL. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
