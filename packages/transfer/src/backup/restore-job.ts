/** The kind of job that a restore is: how it is begun and resumed. */
import { basename, dirname, resolve } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import { resumeJob, startJob } from '../job/engine.ts'
import { fingerprintFile } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { findInput, type GivenInput, inputFile, requireInput } from '../job/job-input.ts'
import type { JobKind } from '../job/job-kind.ts'
import type { JobStore } from '../job/job-store.ts'
import { checkConnection, checkInput, checkTable } from '../job/same-job.ts'
import { refuseLosses } from './check-restore.ts'
import type { RestoreFacts, RestoreProgressFacts } from './restore-facts.ts'
import { RestoreRun, type RestoreWork } from './restore-run.ts'
import type {
  RestoredPart,
  RestorePlan,
  RestoreReport,
  RestoreRunOptions,
} from './restore-types.ts'

export interface RestoreOptions extends RestoreRunOptions {
  /** Where the job is kept. */
  readonly store: JobStore
  /** Without problems. */
  readonly plan: RestorePlan
  /** Folder for the files of rejected and unknown records (default: that of the archive). */
  readonly outDir?: string | undefined
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

export interface ResumeRestoreOptions extends RestoreRunOptions {
  readonly job: Job
  /** The archive, where it is not where it was when the job began; its content must be the same. */
  readonly input?: GivenInput | undefined
}

/**
 * Writes tables of a backup into tables of a bot, and reads them back. The gateway gives new ids and
 * times to what is inserted.
 *
 * The restore is a job in `store`: however this process ends, {@link resumeRestore} resumes it, and no
 * record is lost or written twice. Each table is an import of its own, whose job is part of it.
 * Problems of records, and an early end, are in the report.
 *
 * @throws InvalidInputError when the plan has problems, when records of a table that is to be
 *   replaced cannot be written, or share a key; ChatlayerError when a table cannot be read, the
 *   system's error when the job cannot be kept. Nothing has been written then, and no job is left
 */
export function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  return startJob(RESTORE_JOB, options)
}

/**
 * Resumes a restore. The job is closed when it ends.
 *
 * @throws InvalidInputError when the archive, a table or the connection is not what it was when the
 *   job began, naming the difference; nothing has been written then
 */
export function resumeRestore(options: ResumeRestoreOptions): Promise<RestoreReport> {
  return resumeJob(RESTORE_JOB, options)
}

export interface RestoreJob {
  facts: RestoreFacts
  begin: RestoreOptions
  resume: ResumeRestoreOptions
  work: RestoreWork
  report: RestoreReport
}

export const RESTORE_JOB: JobKind<RestoreJob> = {
  name: 'restore',

  async begin(options, _folder, carryOut) {
    const { client, plan } = options
    if (plan.problems.length > 0) {
      throw new InvalidInputError('the plan of this restore has problems')
    }
    const path = resolve(plan.file)
    const { origin, teamId, botId } = client.connection
    const facts: RestoreFacts = {
      kind: 'restore',
      createdAt: new Date().toISOString(),
      connection: { origin, teamId, botId },
      input: { name: basename(path), path, fingerprint: plan.fingerprint },
      parts: plan.parts,
      outDir: options.outDir ?? dirname(path),
      acceptStored: options.acceptStored,
    }
    await refuseLosses(options)
    return await carryOut(facts, { isResumed: false, file: path })
  },

  async resume(options, facts, carryOut) {
    const { job, client, signal } = options
    const { origin, teamId, botId } = client.connection
    const file = await findInput(facts.input.path, job.folder, options.input)
    await requireInput(file, job, facts.input.name)
    const fingerprint = await fingerprintFile(file, signal)
    checkConnection('the job', facts, { origin, teamId, botId })
    const data = { job: job.id, mayHaveWritten: true }
    checkInput(facts.input, fingerprint, data)
    const tables = await client.tables.list({ signal })
    for (const { into } of facts.parts) {
      const table = tables.find(({ id }) => id === into.id)
      if (table === undefined) throw new InvalidInputError(`the table "${into.name}" is gone`)
      checkTable(into, table, { code: 'TABLE_DEFINITION_CHANGED', data })
    }
    return await carryOut({ isResumed: true, file })
  },

  files: ({ input }) => [inputFile(input.path)],

  run: (job, facts, options, work) => new RestoreRun(job, facts, options, work),

  overview({ parts, input }, report) {
    const restored = restoredParts(report)
    const sum = (count: (part: RestoredPart) => number): number | null =>
      restored.length === 0 ? null : restored.reduce((total, part) => total + count(part), 0)
    return {
      input: input.name,
      tables: parts.map(({ into, version }) => `${into.name}@${version.toLowerCase()}`),
      written: sum(({ inserted, updated }) => inserted + updated),
      rejected: sum(({ rejected }) => rejected),
      unknown: sum(({ unknown }) => unknown),
    }
  },
}

/** The parts that were begun, as the job keeps them. @param report undefined where there is none */
export function restoredParts(report: unknown): RestoredPart[] {
  const { restored = [] } = (report ?? {}) as Partial<RestoreProgressFacts>
  return restored.filter((part) => part !== null)
}
