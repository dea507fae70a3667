/** Reports a sync: as events with --json, otherwise as text on stderr. */
import { stringifyJson } from '@chatlayer-tables/core'
import type {
  Difference,
  SyncCounts,
  SyncPlan,
  SyncProblem,
  SyncProgress,
  SyncReport,
  SyncStart,
} from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { hintOf } from '../hints.ts'
import { changeJson } from '../output/diff-json.ts'
import { DiffOutput } from '../output/diff-output.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, formatSeconds, Progress } from '../output/progress.ts'
import { reportStorageStop } from '../output/storage-stop.ts'
import type { Writer } from '../output/writer.ts'
import { describeSide, nameOf } from '../sides.ts'
import { STORED_OTHERWISE } from './import-output.ts'

/** Minimum interval between progress events with --json. */
const EVENT_MS = 1_000
/** Maximum number of problems that are printed. */
const MAX_REPORTED = 10

export class SyncOutput {
  readonly #context: Context
  readonly #throttled: () => number
  readonly #progress: Progress
  readonly #startedAt = performance.now()
  #eventAt = performance.now()
  #problems = 0

  /** @param throttled the number of requests rejected by the rate limit so far */
  constructor(context: Context, throttled: () => number = () => 0) {
    this.#context = context
    this.#throttled = throttled
    this.#progress = new Progress(context.messages)
  }

  /** Shows at most `limit` changes; with --json as data if `writer` is stdout. */
  async plan(plan: SyncPlan, writer: Writer, limit: number): Promise<void> {
    const { messages, json, out } = this.#context
    const { a, b, inserts, updates, deletes, extra, same, key, refusals } = plan
    await this.#progress.end()
    await messages.note(`a: ${describeSide(a)}`)
    await messages.note(`b: ${describeSide(b)}`)
    const counts = { inserts, updates, deletes, extra, same }
    const columns = plan.columns.map(({ name }) => name)
    const refused = refusals.count
    const { notWritten, unselected } = plan
    const more = {
      ...(notWritten.length > 0 && { notWritten }),
      ...(unselected > 0 && { unselected }),
    }
    await this.#event('plan', { a, b, key: key ?? null, columns, ...counts, ...more, refused })
    const isData = json && writer === out
    let shown = 0
    // With --json, stderr is only for messages.
    if (isData || !json) {
      const output = new DiffOutput(writer, plan)
      for (const difference of plan.differences()) {
        // Records that only the table has come last.
        if (difference.change === 'added' && deletes === 0) break
        if (++shown > limit) break
        const change = fromTheTable(difference)
        if (isData)
          await out.write(`${stringifyJson({ event: 'change', ...changeJson(change, plan) })}\n`)
        else await output.difference(change)
      }
    }
    const rest = inserts + updates + deletes - limit
    if (rest > 0 && limit > 0 && !json) await messages.note(`and ${formatCount(rest)} more`)
    await messages.note(planText(counts, nameOf(a)))
    for (const note of notesOf(plan)) await messages.note(note)
    const { count, first } = refusals
    if (first === undefined) return
    await messages.say(
      `warning: ${formatCount(count)} of these writes cannot be sent and will be rejected: ${first.message}`,
    )
    const hint = hintOf(first)
    if (hint !== undefined) await messages.note(hint)
  }

  start(start: SyncStart): void {
    void this.#event('start', start)
    const what = `${start.source} to "${start.table}" (${start.version})`
    const verb = start.resumed ? 'resuming' : 'started'
    void this.#context.messages.note(`${verb} job ${start.job}: ${what}`)
  }

  progress(state: SyncProgress): void {
    this.#progress.show(() => this.#line(state))
    if (!this.#context.json || performance.now() - this.#eventAt < EVENT_MS) return
    this.#eventAt = performance.now()
    void this.#event('progress', { ...state, throttled: this.#throttled() })
  }

  problem(problem: SyncProblem): void {
    void this.#event('problem', problem)
    if (++this.#problems > MAX_REPORTED) return
    const { change, key, outcome, reason, fix } = problem
    const of = Object.entries(key).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    const what = `${change} of ${of.join(', ')}`
    if (outcome === 'stored') void this.#context.messages.say(`${what}: ${reason}`)
    else {
      const message = `${what}: ${outcome}: ${reason}`
      void this.#context.messages.failure({ message, hint: fix })
    }
  }

  async end(report: SyncReport): Promise<void> {
    await this.#progress.end()
    await this.#report(report)
    const { stopped, readBack, ...rest } = report
    await this.#event('end', {
      ...rest,
      stopped: stopped && { reason: stopped.reason, error: asJson(stopped.error) },
      readBack: readBack && { ...readBack, error: asJson(readBack.error) },
    })
  }

  async #event(event: string, facts: object): Promise<void> {
    const { json, out } = this.#context
    if (json) await out.write(`${JSON.stringify({ event, ...facts })}\n`)
  }

  #line(state: SyncProgress): string {
    const { phase, records, planned, ok, rejected, unknown } = state
    if (phase === 'comparing' || phase === 'verifying') {
      return `${phase === 'comparing' ? 'comparing' : 'reading back'}: ${countOf(records)}`
    }
    const done = ok + rejected + unknown
    const elapsedMs = Math.max(1, performance.now() - this.#startedAt)
    const rate = ((done - state.before) * 1_000) / elapsedMs
    const parts = [`${phase}; ${formatCount(done)} of ${formatCount(planned)} writes done`]
    if (rate > 0) parts.push(`${formatSeconds(((planned - done) * 1_000) / rate)} to go`)
    if (rejected > 0) parts.push(`${formatCount(rejected)} rejected`)
    if (unknown > 0) parts.push(`${formatCount(unknown)} unknown`)
    const throttled = this.#throttled()
    if (throttled > 0) parts.push(`${formatCount(throttled)} times throttled`)
    return parts.join(', ')
  }

  async #report(report: SyncReport): Promise<void> {
    const { messages } = this.#context
    const { stopped, job } = report
    if (this.#problems > MAX_REPORTED) {
      await messages.say(`and ${formatCount(this.#problems - MAX_REPORTED)} more such writes`)
    }
    const isStorage = stopped?.reason === 'storage'
    if (stopped?.error !== undefined && !isStorage) await messages.error(stopped.error)
    else if (stopped?.reason === 'errors') await messages.say('stopped: a write was rejected')
    else if (stopped !== undefined && !isStorage) {
      await messages.say('interrupted; no more writes were sent')
    }
    if (job !== undefined) await messages.say(summaryOf(report))
    const held = report.plan.deletes - report.deleted
    if (report.finished && report.unsent > 0 && held > 0) {
      await messages.say(`${countOf(held)} were not deleted, since other writes were rejected`)
    }
    if (report.storedOtherwise > 0) await messages.say(STORED_OTHERWISE)
    await this.#reportReadBack(report)
    if (isStorage) await reportStorageStop(messages, stopped, job)
    else if (!report.finished) await messages.say(`continue with: clt jobs resume ${job}`)
  }

  async #reportReadBack(report: SyncReport): Promise<void> {
    const { messages } = this.#context
    const { job, readBack, source, table, version } = report
    if (readBack === undefined) return
    const target = `${report.selected ? 'the selection of ' : ''}"${table}" (${version})`
    const { equal, counts, error, onlyStored } = readBack
    const prefix = job === undefined ? '' : 'read back: '
    if (counts === undefined) {
      await messages.say(`${prefix}${target} can no longer be compared with ${source}`)
      if (error !== undefined) await messages.error(error)
    } else if (onlyStored) {
      await messages.say(
        `${prefix}${target} differs from ${source} only in values that the gateway stored differently; another sync would find the same differences`,
      )
    } else if (!equal) {
      const { removed, changed, added } = counts
      await messages.say(
        `${prefix}${target} is not equal to ${source}: ${countOf(removed)} missing, ${formatCount(changed)} different, ${formatCount(added)} more. If no write was rejected, another program is writing to one of them: run the sync again`,
      )
    } else if (counts.added > 0) {
      await messages.say(
        `${prefix}${target} has all ${countOf(counts.a)} of ${source}, and ${formatCount(counts.added)} more`,
      )
    } else {
      await messages.say(`${prefix}${target} is equal to ${source}, ${countOf(counts.b)}`)
    }
    const { least, most, fits } = readBack
    if (counts === undefined || fits) return
    const expected =
      least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`
    await messages.say(
      `warning: ${target} holds ${countOf(counts.b)}, expected ${expected} after these writes`,
    )
  }
}

/** A difference as a change of the table: records that only the source has are added. */
function fromTheTable(difference: Difference): Difference {
  switch (difference.change) {
    case 'added':
      return { change: 'removed', a: difference.b, values: difference.values }
    case 'removed':
      return { change: 'added', b: difference.a, values: difference.values }
    case 'changed': {
      const { a, b, before, after, fields } = difference
      return { change: 'changed', a: b, b: a, before: after, after: before, fields }
    }
  }
}

/** What the plan leaves out. */
function notesOf({ uncompared, notWritten, inserts, unselected, a, b }: SyncPlan): string[] {
  const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
  const notes: string[] = []
  if (uncompared.length > 0 && inserts > 0) {
    notes.push(`not compared, so null in new records: ${quoted(uncompared)}`)
  }
  if (notWritten.length > 0) {
    notes.push(`not copied, because ${nameOf(b)} does not have them: ${quoted(notWritten)}`)
  }
  if (unselected > 0) {
    notes.push(
      `${countOf(unselected)} of ${nameOf(b)} match, but not in ${nameOf(a)}; they are kept`,
    )
  }
  return notes
}

/** For example `3 inserts and 1 update`. */
export function writesText({ inserts, updates, deletes }: SyncCounts): string {
  const parts = Object.entries({ insert: inserts, update: updates, delete: deletes })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`)
  return parts.length === 0 ? 'nothing' : parts.join(' and ').replace(/ and (?=.* and )/, ', ')
}

function planText({ inserts, updates, deletes, extra, same }: SyncCounts, source: string): string {
  const parts = [
    `${formatCount(inserts)} to insert`,
    `${formatCount(updates)} to update`,
    `${formatCount(deletes)} to delete`,
    `${formatCount(same)} unchanged`,
  ]
  const more = extra > 0 ? `; ${countOf(extra)} not in ${source} kept (--delete deletes these)` : ''
  return `${parts.join(', ')}${more}`
}

function summaryOf(report: SyncReport): string {
  const { inserted, updated, deleted, rejected, unknown, unsent, elapsedMs } = report
  const counts = {
    ...{ inserted, updated, deleted, rejected, unknown, 'not sent': unsent },
    ...(report.storedOtherwise > 0 && { 'stored differently': report.storedOtherwise }),
  }
  const parts = Object.entries(counts).map(([what, count]) => `${formatCount(count)} ${what}`)
  return `${report.source} to "${report.table}" (${report.version}): ${parts.join(', ')}, in ${formatSeconds(elapsedMs)}`
}

function asJson(
  error:
    | { readonly code: string; readonly message: string; readonly hint: string | undefined }
    | undefined,
) {
  return error && { code: error.code, message: error.message, hint: hintOf(error) }
}
