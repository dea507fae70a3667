/** The jobs of all machines, in PostgreSQL. */
import type { HeldLock, Locks } from '@chatlayer-tables/local'
import type {
  JobFigures,
  JobReplica,
  JobReplicas,
  ReplicaLimits,
  ReplicaSummary,
  TakenJob,
} from '@chatlayer-tables/transfer'
import type { Database, Row } from '../database.ts'
import type { Sessions } from '../sessions.ts'
import { PostgresJob } from './postgres-job.ts'
import * as sql from './statements.ts'

export class PostgresJobs implements JobReplicas {
  readonly place: string
  readonly locks: Locks
  readonly limits: ReplicaLimits
  readonly #database: Database
  readonly #sessions: Sessions

  constructor(database: Database, sessions: Sessions, limits: ReplicaLimits) {
    this.place = database.place
    this.locks = sessions.locks('jobs')
    this.limits = limits
    this.#database = database
    this.#sessions = sessions
  }

  async create(lock: HeldLock): Promise<JobReplica> {
    await this.#database.query(sql.SWEEP)
    await this.#sessions.commitOnce(lock, async (run) => {
      await Promise.all([run(sql.CREATE, [lock.name]), run(sql.PUT_PART, [lock.name, ''])])
    })
    return this.#job(lock, 0)
  }

  async takeOver(lock: HeldLock): Promise<TakenJob | undefined> {
    const [row] = await this.#sessions.commitOnce(lock, (run) => run(sql.TAKE_OVER, [lock.name]))
    if (row === undefined) return undefined
    const version = Number(row.version)
    return {
      replica: this.#job(lock, version),
      format: Number(row.format),
      version: version - 1,
    }
  }

  async list(start?: string): Promise<ReplicaSummary[]> {
    const rows = await this.#database.query(sql.LIST, [start ?? null])
    return rows.map(summaryOf)
  }

  async remove(lock: HeldLock): Promise<void> {
    const job = lock.name
    await this.#sessions.commitOnce(lock, async (run) => {
      await Promise.all([
        ...sql.DELETE_PARTS.map((statement) => run(statement, [job])),
        run(sql.DELETE_ROWS, [job, '']),
        run(sql.DELETE_PROBLEMS, [job, '']),
        run(sql.DELETE_JOB, [job]),
      ])
    })
  }

  #job(lock: HeldLock, version: number): PostgresJob {
    return new PostgresJob({ database: this.#database, sessions: this.#sessions, lock, version })
  }
}

function summaryOf(row: Row): ReplicaSummary {
  const { id, format, facts, report, done, running, host, principal, figures, age } = row
  return {
    id: String(id),
    format: Number(format),
    facts: String(facts),
    report: report === null ? undefined : String(report),
    isDone: done === true,
    isRunning: running === true,
    host: String(host),
    principal: principal === null ? undefined : String(principal),
    // Written by this program.
    progress: figures === null ? undefined : (JSON.parse(String(figures)) as JobFigures),
    ageMs: Math.round(Number(age)),
  }
}
