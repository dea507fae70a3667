/** pg-boss on our connections, in a schema of its own. */
import { StorageError } from '@chatlayer-tables/local'
import type { Db, PgBoss } from 'pg-boss'
import type { Database, Row, Run } from '../database.ts'

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
      const rows: Row[] = await database.script(text, values)
      return { rows }
    },
  }
}

function isOutdated(error: unknown): boolean {
  return error instanceof Error && /is not installed|requires migrations/.test(error.message)
}

const INSUFFICIENT_PRIVILEGE = '42501'

function isDenied(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && each.code === INSUFFICIENT_PRIVILEGE) return true
  }
  return false
}

function cannotUpdate({ place }: Database, cause: unknown): StorageError {
  return new StorageError('no-permission', place, {
    message: `the tables of the queue in ${place} are missing or of an earlier release, and this role may not make them`,
    hint: 'Run this once with a role that may: clt state migrate',
    cause,
  })
}
