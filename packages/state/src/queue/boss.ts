/** pg-boss on our connections, in a schema of its own. */
import { StorageError } from '@chatlayer-tables/local'
import type { Db, PgBoss } from 'pg-boss'
import type { Database, Run } from '../database.ts'
import type { SchemaPart } from '../migrations/migration.ts'

/** The schema of pg-boss; nothing else is in it. */
export const QUEUE_SCHEMA = 'chatlayer_tables_queue'

/** The name of the queue within it. */
export const APPLIES = 'applies'

/** Seconds without a sign of life after which an order is given to another worker. */
const HEARTBEAT_SECONDS = 15

const DAY_SECONDS = 86_400

/** Of all that pg-boss would do about failures, only its states are used: the worker decides. */
const QUEUE = {
  policy: 'singleton',
  retryLimit: 1_000_000,
  retryDelay: 0,
  retryBackoff: false,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: DAY_SECONDS,
  retentionSeconds: 30 * DAY_SECONDS,
  deleteAfterSeconds: 14 * DAY_SECONDS,
} as const

export interface BossOptions {
  /** Whether it looks after lost workers and schedules; workers do. */
  readonly isWorker: boolean
  /** Called for errors of what it does by itself. */
  readonly onError: (error: Error) => void
}

/**
 * Starts it, and makes or updates its tables where that is due; two programs may do so at once.
 *
 * @throws StorageError
 */
export async function startBoss(database: Database, options: BossOptions): Promise<PgBoss> {
  const { PgBoss } = await import('pg-boss')
  const make = (migrate: boolean): PgBoss => {
    const boss = new PgBoss({
      ...{ db: databaseOf(database), schema: QUEUE_SCHEMA, migrate },
      ...{ supervise: options.isWorker, schedule: options.isWorker },
      ...{
        superviseIntervalSeconds: 5,
        monitorIntervalSeconds: 5,
        maintenanceIntervalSeconds: 600,
      },
      ...{ cronMonitorIntervalSeconds: 10, cronWorkerIntervalSeconds: 1 },
      ...{ reindex: false, monitorVacuum: false, registerInstance: false },
      openTelemetry: { enabled: false },
    })
    boss.on('error', options.onError)
    return boss
  }
  const boss = make(false)
  try {
    await boss.start()
    return await withQueue(boss)
  } catch (error) {
    if (!isOutdated(error)) throw error
  }
  // Timers of the first attempt, if any.
  await stopBoss(boss)
  const updating = make(true)
  try {
    await updating.start()
  } catch (error) {
    throw isDenied(error) ? cannotUpdate(database, error) : error
  }
  return await withQueue(updating)
}

export async function stopBoss(boss: PgBoss): Promise<void> {
  await boss.stop({ graceful: false, close: false })
}

/** The connection of a transaction, for methods of pg-boss that take part in it. */
export function withinTransaction(run: Run): Db {
  return {
    async executeSql(text, values = []) {
      return { rows: await run(text, values) }
    },
  }
}

async function withQueue(boss: PgBoss): Promise<PgBoss> {
  if ((await boss.getQueue(APPLIES)) === null) await boss.createQueue(APPLIES, QUEUE)
  return boss
}

function databaseOf(database: Database): Db {
  return {
    async executeSql(text, values = []) {
      try {
        return { rows: await database.script(text, values) }
      } catch (error) {
        throw expectedOf(error) ?? error
      }
    },
  }
}

/** Conflicts, and races of two that start at once: pg-boss looks at the error of the server. */
const EXPECTED = /^(?:22|23|42P)/

function expectedOf(error: unknown): unknown {
  const cause = error instanceof StorageError ? error.cause : undefined
  const isServers = cause instanceof Error && 'code' in cause && EXPECTED.test(String(cause.code))
  return isServers ? cause : undefined
}

function isOutdated(error: unknown): boolean {
  return error instanceof Error && /is not installed|requires migrations/.test(error.message)
}

function isDenied(error: unknown): boolean {
  return error instanceof StorageError && error.kind === 'no-permission'
}

function cannotUpdate({ place }: Database, cause: unknown): StorageError {
  return new StorageError('missing', place, {
    message: `the tables of the queue in ${place} are missing or of an earlier release, and this role may not make them`,
    hint: 'Migrate the state once, connected as the role that owns the schema.',
    situation: { code: 'STATE_NOT_MIGRATED', data: { owner: undefined } },
    cause,
  })
}

/** Makes the tables of pg-boss with the others, for roles that may not. */
export const QUEUE_PART: SchemaPart = {
  schema: QUEUE_SCHEMA,
  async migrate(database) {
    await stopBoss(await startBoss(database, { isWorker: false, onError: () => undefined }))
  },
}
