/** Reports an apply of `chatlayer.yaml`: as events with --json, otherwise as text on stderr. */
import type { SyncProblem } from '@chatlayer-tables/transfer'
import type {
  AppliedSync,
  ApplyReport,
  ApplyStart,
  ProjectPlan,
  ProjectProgress,
} from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { hintOf } from '../hints.ts'
import { Events } from '../output/events.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, formatSeconds, plural } from '../output/progress.ts'
import { reportStorageStop } from '../output/storage-stop.ts'
import { ProjectProgressLine } from '../project/progress-line.ts'
import { STORED_OTHERWISE } from './import-output.ts'

/** Number of problems that are printed. */
const MAX_REPORTED = 10

export class ApplyOutput {
  readonly #context: Context
  readonly #events: Events
  readonly #progress: ProjectProgressLine
  /** Whether an apply that has nothing to do prints nothing. */
  readonly #silent: boolean
  /** Keeps the order of the output. */
  #queued = Promise.resolve()
  #problems = 0

  /** @param throttled the number of requests rejected by the rate limit so far */
  constructor(context: Context, { silent = false, throttled = () => 0 }: ApplyOutputOptions) {
    this.#context = context
    this.#events = new Events(context)
    this.#progress = new ProjectProgressLine(context, this.#events, throttled)
    this.#silent = silent
  }

  listeners() {
    return {
      onProgress: (progress: ProjectProgress): void => this.#progress.show(progress),
      onProblem: (sync: string, problem: SyncProblem): void =>
        this.#queue(() => this.#problem(sync, problem)),
      onSynced: (synced: AppliedSync): void => this.#queue(() => this.#synced(synced)),
    }
  }

  /** The counts of the plan, with --json. */
  async plan({ status, syncs, schema, checks, blocked }: ProjectPlan): Promise<void> {
    await this.#progress.end()
    const counted = syncs.map(({ name, from, to, counts, limits }) => ({
      ...{ name, from, to, counts, limits },
    }))
    await this.#events.event('plan', { status, syncs: counted, schema, checks, blocked })
  }

  start(start: ApplyStart): void {
    this.#queue(async () => {
      await this.#events.event('start', start)
      const { job, resumed, syncs } = start
      const names = syncs.map(({ name }) => name).join(', ')
      await this.#context.messages.note(`${resumed ? 'resuming' : 'started'} job ${job}: ${names}`)
    })
  }

  async end(report: ApplyReport): Promise<void> {
    await this.#queued
    await this.#progress.end()
    await this.#report(report)
    const { stopped, notChecked, plan: _, ...rest } = report
    await this.#events.event('end', {
      ...rest,
      syncs: rest.syncs.map(({ name, to, report }) => ({ name, to, ...asFacts(report) })),
      stopped: stopped && { reason: stopped.reason, error: asJson(stopped.error) },
      notChecked: asJson(notChecked),
    })
  }

  async #problem(sync: string, problem: SyncProblem): Promise<void> {
    await this.#events.event('problem', { sync, ...problem })
    if (++this.#problems > MAX_REPORTED) return
    const { change, key, outcome, reason, fix } = problem
    const of = Object.entries(key).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    const what = `${sync}: ${change} of ${of.join(', ')}`
    const { messages } = this.#context
    if (outcome === 'stored') await messages.say(`${what}: ${reason}`)
    else await messages.failure({ message: `${what}: ${outcome}: ${reason}`, hint: fix })
  }

  async #synced(synced: AppliedSync): Promise<void> {
    const { name, to, report } = synced
    await this.#progress.end()
    await this.#events.event('synced', { name, to, ...asFacts(report) })
    const { plan } = report
    if (this.#silent && plan.inserts + plan.updates + plan.deletes === 0) return
    await this.#context.messages.note(`${name}: ${summaryOf(synced)}`)
    if (report.storedOtherwise > 0) await this.#context.messages.say(STORED_OTHERWISE)
    const { readBack } = report
    if (readBack === undefined || readBack.equal || readBack.onlyStored) return
    await this.#context.messages.say(
      `${name}: ${to} is not equal to ${report.source}. If no write was rejected, another program is writing to one of them: apply again`,
    )
  }

  async #report(report: ApplyReport): Promise<void> {
    const { messages } = this.#context
    const { stopped, job, left, checks, notChecked, finished, elapsedMs } = report
    if (this.#problems > MAX_REPORTED) {
      await messages.say(`and ${formatCount(this.#problems - MAX_REPORTED)} more such writes`)
    }
    const isStorage = stopped?.reason === 'storage'
    if (stopped?.error !== undefined && !isStorage) await messages.error(stopped.error)
    else if (stopped?.reason === 'errors') await messages.say('stopped: a write was rejected')
    else if (stopped !== undefined && !isStorage) {
      await messages.say('interrupted; no more writes were sent')
    }
    for (const { table, sql, found, ok } of checks ?? []) {
      if (ok) continue
      const why = found === undefined ? '' : `: ${found}`
      await messages.failure({ message: `check failed: ${table}: ${sql}${why}`, hint: undefined })
    }
    if (notChecked !== undefined) await messages.error(notChecked)
    if (left.length > 0) await messages.say(`not begun: ${left.join(', ')}`)
    if (job !== undefined && finished) {
      await messages.note(
        `applied ${plural(report.syncs.length, 'sync')} in ${formatSeconds(elapsedMs)}`,
      )
    }
    if (isStorage) await reportStorageStop(messages, stopped, job)
    else if (!finished && job !== undefined) {
      await messages.say(`continue with: clt jobs resume ${job}`)
    }
  }

  #queue(print: () => Promise<void>): void {
    this.#queued = this.#queued.then(print)
  }
}

interface ApplyOutputOptions {
  readonly silent?: boolean | undefined
  readonly throttled?: () => number
}

function summaryOf({ to, report }: AppliedSync): string {
  const { inserted, updated, deleted, rejected, unknown, unsent, readBack } = report
  const counts = Object.entries({
    inserted,
    updated,
    deleted,
    rejected,
    unknown,
    'not sent': unsent,
  })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${formatCount(count)} ${what}`)
  const done = counts.length === 0 ? 'nothing to do' : counts.join(', ')
  return `${to}: ${done}${readBackText(readBack)}`
}

function readBackText(readBack: AppliedSync['report']['readBack']): string {
  const counts = readBack?.equal === true ? readBack.counts : undefined
  if (counts === undefined) return ''
  if (counts.added === 0) return `; read back: equal, ${countOf(counts.b)}`
  return `; read back: has all ${countOf(counts.a)} of the source, and ${formatCount(counts.added)} more`
}

function asFacts({ stopped, readBack, ...report }: AppliedSync['report']): object {
  return {
    ...report,
    stopped: stopped?.reason,
    readBack: readBack && { ...readBack, error: asJson(readBack.error) },
  }
}

function asJson(
  error:
    | { readonly code: string; readonly message: string; readonly hint: string | undefined }
    | undefined,
) {
  return error && { code: error.code, message: error.message, hint: hintOf(error) }
}
