/** A restore from its beginning, and one that goes on. */
import { rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ChatlayerError, InvalidInputError } from '@chatlayer-tables/core'
import type { CheckReport } from '../import/check-file.ts'
import type { ImportStop, RowProblem } from '../import/import-types.ts'
import { fingerprintFile } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { JobStore } from '../job/job-store.ts'
import { storageStop } from '../job/storage-stop.ts'
import {
  checkSource,
  checkTargets,
  type RestoreFacts,
  type RestoreProgressFacts,
  restoreFacts,
} from './restore-facts.ts'
import { checkPart, type PartContext, runPart } from './restore-part.ts'
import type {
  RestoredPart,
  RestorePart,
  RestorePlan,
  RestoreReport,
  RestoreRunOptions,
} from './restore-types.ts'

export interface RestoreOptions extends RestoreRunOptions {
  /** Where the job is kept. */
  readonly store: JobStore
  /** Without problems. */
  readonly plan: RestorePlan
  /** Where rejected and unknown records are put; beside the archive when left out. */
  readonly outDir?: string | undefined
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

/**
 * Writes tables of a backup into tables of a bot, and reads them back. The gateway gives new ids and
 * times to what is inserted.
 *
 * The restore is a job in `store`: however this process ends, {@link resumeRestore} goes on with it,
 * and no record is lost or written twice. Each table is an import of its own, whose job is part of
 * it. Trouble with records, and an end before all is done, are told in the report.
 *
 * @throws InvalidInputError when the plan has problems, when records of a table that is to be
 *   replaced cannot be written, or share a key; ChatlayerError when a table cannot be read, the
 *   system's error when the job cannot be kept. Nothing has been written then, and no job is left
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { client, plan, store } = options
  if (plan.problems.length > 0) throw new InvalidInputError('the plan of this restore has problems')
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
  await refuseLosses(options, facts)
  const prepared = store.prepare()
  let job: Job | undefined
  let restore: Restore | undefined
  try {
    job = prepared.begin(facts)
    restore = new Restore(job, facts, options)
    return await restore.run(false)
  } finally {
    const isKept = restore?.hasBegun === true
    job?.close()
    if (!isKept) prepared.discard()
  }
}

export interface ResumeRestoreOptions extends RestoreRunOptions {
  readonly job: Job
}

/**
 * Goes on with a restore. The job is closed when it ends.
 *
 * @throws InvalidInputError when the archive, a table or the connection is not what it was when the
 *   job began, naming the difference; nothing has been written then
 */
export async function resumeRestore(options: ResumeRestoreOptions): Promise<RestoreReport> {
  const { job, client, signal } = options
  try {
    const facts = restoreFacts(job.id, job.facts)
    if (job.isDone) {
      throw new InvalidInputError(`job ${job.id} is done; there is nothing to go on with`)
    }
    const { origin, teamId, botId } = client.connection
    const fingerprint = await fingerprintFile(facts.input.path, signal)
    checkSource(facts, { connection: { origin, teamId, botId }, fingerprint }, job.id)
    checkTargets(facts, await client.tables.list({ signal }), job.id)
    return await new Restore(job, facts, options).run(true)
  } finally {
    job.close()
  }
}

export interface CheckRestoreOptions extends RestoreRunOptions {
  readonly plan: RestorePlan
}

/** One table and what restoring it would do; without a plan where the backup has no records of it. */
export interface CheckedPart {
  readonly part: RestorePart
  readonly problems: number
  readonly plan: CheckReport['plan'] | undefined
}

/** What a restore would do and what would be refused, found out without writing. */
export async function checkRestorePlan(options: CheckRestoreOptions): Promise<CheckedPart[]> {
  const { client, plan } = options
  const { origin, teamId, botId } = client.connection
  const checked: CheckedPart[] = []
  for (const [index, part] of plan.parts.entries()) {
    const found = await checkPart(part, {
      ...contextOf(part, index, plan.parts.length, options),
      file: plan.file,
      folder: '',
      outDir: '',
      acceptStored: undefined,
      connection: { origin, teamId, botId },
      onBegin: () => undefined,
    })
    checked.push({ part, ...found })
  }
  return checked
}

/** Where records are to be deleted first, all of the backup's must be such as can be written. */
async function refuseLosses(options: RestoreOptions, { parts }: RestoreFacts): Promise<void> {
  const replaced = parts.filter(({ mode, before }) => mode === 'replace' && before > 0)
  if (replaced.length === 0) return
  const plan = { ...options.plan, parts: replaced }
  for (const { part, problems } of await checkRestorePlan({ ...options, plan })) {
    if (problems === 0) continue
    const { table, version } = part.from
    throw new InvalidInputError(
      `${problems} records of "${table}" (${version}) cannot be written; nothing was deleted`,
      { hint: 'clt restore --dry-run tells each of them.' },
    )
  }
}

function contextOf(
  part: RestorePart,
  index: number,
  parts: number,
  { client, stop, signal, onProgress, onProblem }: RestoreRunOptions,
): Pick<PartContext, 'table' | 'stop' | 'signal' | 'onProgress' | 'onProblem'> {
  return {
    table: client.table(part.into.id, { version: part.version }),
    stop,
    signal,
    onProgress: (progress) => onProgress?.({ part, index, parts, ...progress }),
    onProblem: (problem: RowProblem) => onProblem?.(part, problem),
  }
}

/** One run of a restore. */
class Restore {
  readonly #job: Job
  readonly #facts: RestoreFacts
  readonly #options: RestoreRunOptions
  readonly #restored: (RestoredPart | null)[]
  #isAnnounced = false
  #mayHaveWritten = false

  constructor(job: Job, facts: RestoreFacts, options: RestoreRunOptions) {
    this.#job = job
    this.#facts = facts
    this.#options = options
    const before = job.lastReport as RestoreProgressFacts | undefined
    this.#restored = facts.parts.map((_, index) => before?.restored[index] ?? null)
  }

  /** Whether anything may have been written. */
  get hasBegun(): boolean {
    return (
      this.#mayHaveWritten ||
      this.#restored.some((part) => part !== null) ||
      this.#facts.parts.some((_, index) => new JobStore(this.#folder(index)).list().length > 0)
    )
  }

  async run(resumed: boolean): Promise<RestoreReport> {
    const startedAt = performance.now()
    const { parts, input } = this.#facts
    if (resumed) this.#announce(true)
    let stopped: ImportStop | undefined
    let notCompared: ChatlayerError | undefined
    for (const [index, part] of parts.entries()) {
      if (this.#restored[index]?.comparison !== undefined) continue
      const end = await this.#runPart(index, part)
      notCompared ??= end.notCompared
      stopped = end.stopped
      if (stopped !== undefined) break
    }
    const finished =
      stopped === undefined && this.#restored.every((part) => part?.finished === true)
    const unkept = finished ? await this.#finish() : undefined
    return {
      job: this.#job.id,
      finished: finished && unkept === undefined,
      file: input.name,
      restored: this.#restored.filter((part) => part !== null),
      parts: parts.length,
      stopped: stopped ?? unkept,
      notCompared,
      elapsedMs: Math.round(performance.now() - startedAt),
    }
  }

  /** Reported once nothing of the first part can be refused any more. */
  #announce(resumed: boolean): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    const { parts, input } = this.#facts
    this.#options.onStart?.({ job: this.#job.id, resumed, file: input.name, parts })
  }

  /** @returns why the job could not be ended, where that is so */
  async #finish(): Promise<ImportStop | undefined> {
    const { folder } = this.#job
    try {
      this.#job.finish()
    } catch (error) {
      const stop = storageStop(error, folder)
      if (stop === undefined) throw error
      return stop
    }
    await rm(join(folder, 'parts'), { recursive: true, force: true })
    return undefined
  }

  async #runPart(
    index: number,
    part: RestorePart,
  ): Promise<{ stopped: ImportStop | undefined; notCompared?: ChatlayerError | undefined }> {
    const { stop, signal } = this.#options
    if (stop?.aborted || signal?.aborted) {
      if (!this.hasBegun) stop?.throwIfAborted()
      return { stopped: INTERRUPTED }
    }
    try {
      const { restored, stopped, notCompared } = await runPart(
        part,
        this.#context(index, part),
        this.#restored[index] ?? null,
      )
      this.#restored[index] = restored
      this.#options.onRestored?.(restored)
      this.#job.report({ restored: this.#restored } satisfies RestoreProgressFacts)
      return { stopped, notCompared }
    } catch (error) {
      // Before anything was written it is trouble of the whole, later of what is left.
      if (!this.hasBegun) throw error
      const storage = storageStop(error, this.#job.folder)
      if (storage !== undefined) return { stopped: storage }
      if (stop?.aborted || signal?.aborted) return { stopped: INTERRUPTED }
      if (!(error instanceof ChatlayerError)) throw error
      return { stopped: { reason: 'gateway', error } }
    }
  }

  #context(index: number, part: RestorePart): PartContext {
    const { connection, input, outDir, parts, acceptStored } = this.#facts
    return {
      ...contextOf(part, index, parts.length, this.#options),
      file: input.path,
      folder: this.#folder(index),
      outDir,
      acceptStored,
      connection,
      onBegin: () => {
        this.#mayHaveWritten = true
        this.#announce(false)
      },
    }
  }

  #folder(index: number): string {
    return join(this.#job.folder, 'parts', String(index + 1))
  }
}

const INTERRUPTED: ImportStop = { reason: 'interrupted', error: undefined }
