/** What a database of a shared state holds, and who uses it: for people who look after it. */
import type { Database } from './database.ts'
import { checkSchema, type SchemaState } from './migrate.ts'
import { JOURNAL } from './migrations/0002-journal.ts'
import { PARTS } from './migrations/index.ts'
import { SCHEMA } from './migrations/migration.ts'
import { GROUPS } from './pace/shared-pace.ts'
import { type LiveSession, listSessions } from './sessions.ts'

export interface StateStatus {
  /** The address without its password. */
  readonly place: string
  /** The version of the server, such as `18.1`. */
  readonly server: string
  readonly schema: SchemaState
  /** How much later the database's clock is than that of this machine, in milliseconds. */
  readonly clockAheadMs: number
  /** Undefined unless the schema is current. */
  readonly contents: StateContents | undefined
}

export interface StateContents {
  /** Tables that the role may not read and write: it lacks grants. */
  readonly denied: readonly string[]
  readonly sessions: readonly LiveSession[]
  /** Bytes of tables with their indexes, the largest first. */
  readonly sizes: readonly { readonly what: string; readonly bytes: number }[]
  /** The change set that has been open for the longest time. */
  readonly oldestOpen: OpenChangeSet | undefined
  readonly pace: readonly PaceGroupStatus[]
}

export interface OpenChangeSet {
  readonly changeSet: string
  /** Milliseconds since 1970, by the database's clock. */
  readonly begun: number
  /** Whether its writer lives. Otherwise its unknown outcomes wait for a recovery. */
  readonly isWritten: boolean
}

/** The processes that share a rate limit now. */
export interface PaceGroupStatus {
  /** The beginning of a keyed hash of the token. */
  readonly token: string
  readonly clients: number
  /** Requests a second of all of them, and the limit that they have agreed on; undefined without one. */
  readonly used: number
  readonly limit: number | undefined
}

const SERVER = `select current_setting('server_version') as version,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now`

const DENIED = `select tables.relname::text as name
  from pg_class as tables join pg_namespace as spaces on spaces.oid = tables.relnamespace
  where spaces.nspname = $1 and tables.relkind = 'r' and tables.relname <> 'migrations'
    and not (has_table_privilege(tables.oid, 'select') and has_table_privilege(tables.oid, 'insert')
      and has_table_privilege(tables.oid, 'update') and has_table_privilege(tables.oid, 'delete'))
  order by 1`

/** Names of tables begin with what they are of. */
const SIZES = `select spaces.nspname as schema, split_part(tables.relname, '_', 1) as start,
    sum(pg_total_relation_size(tables.oid))::float8 as bytes
  from pg_class as tables join pg_namespace as spaces on spaces.oid = tables.relnamespace
  where spaces.nspname = any($1) and tables.relkind in ('r', 'm')
  group by 1, 2`

const OLDEST_OPEN = `select sets.id, sets.begun,
    exists (select 1 from ${SCHEMA}.locks join ${SCHEMA}.sessions on sessions.id = locks.session
      where locks.kind = 'writers' and locks.name = sets.writer
        and not dead and expires >= clock_timestamp()) as is_written
  from ${JOURNAL.sets} as sets where sets.ended is null order by sets.begun limit 1`

/** Reads it; changes nothing. @throws StorageError */
export async function readStatus(database: Database): Promise<StateStatus> {
  const schema = await checkSchema(database)
  const sentAt = Date.now()
  const [row] = await database.query(SERVER)
  // The response was made about half way.
  const here = (sentAt + Date.now()) / 2
  return {
    place: database.place,
    server: String(row?.version).split(' ')[0] ?? '',
    schema,
    clockAheadMs: Math.round(Number(row?.now) - here),
    contents: schema.status === 'current' ? await readContents(database) : undefined,
  }
}

async function readContents(database: Database): Promise<StateContents> {
  const denied = (await database.query(DENIED, [SCHEMA])).map(({ name }) => String(name))
  const nothing = { sessions: [], sizes: [], oldestOpen: undefined, pace: [] }
  if (denied.length > 0) return { denied, ...nothing }
  const [sessions, sizes, [open], pace] = await Promise.all([
    listSessions(database),
    readSizes(database),
    database.query(OLDEST_OPEN),
    database.query(GROUPS),
  ])
  const oldestOpen = open && {
    changeSet: String(open.id),
    begun: Number(open.begun),
    isWritten: open.is_written === true,
  }
  return { denied, sessions, sizes, oldestOpen, pace: pace.map(paceStatus) }
}

function paceStatus(row: Record<string, unknown>): PaceGroupStatus {
  return {
    token: String(row.token),
    clients: Number(row.clients),
    used: Number(row.used),
    limit: row.agreed === null ? undefined : Number(row.agreed),
  }
}

/** What the first words of the names of tables stand for. */
const KINDS: Readonly<Record<string, string>> = {
  journal: 'changes',
  job: 'jobs',
  jobs: 'jobs',
  reviews: 'reviews',
  review: 'reviews',
  queue: 'queue',
}

async function readSizes(database: Database): Promise<StateContents['sizes']> {
  const rows = await database.query(SIZES, [[SCHEMA, ...PARTS.map(({ schema }) => schema)]])
  const sums = new Map<string, number>()
  for (const { schema, start, bytes } of rows) {
    const what = schema === SCHEMA ? (KINDS[String(start)] ?? 'other') : 'queue'
    sums.set(what, (sums.get(what) ?? 0) + Number(bytes))
  }
  const sizes = [...sums].map(([what, bytes]) => ({ what, bytes }))
  return sizes.toSorted((a, b) => b.bytes - a.bytes)
}
