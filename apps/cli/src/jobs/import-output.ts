/** Reports an import: as events with --json, otherwise as text on stderr. */
import { relative } from 'node:path'
import type {
  FileNotes,
  HeldKey,
  ImportPlan,
  ImportProgress,
  ImportReport,
  ImportStart,
  RowPlace,
  RowProblem,
  TableCount,
} from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { hintOf } from '../hints.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, formatSeconds, Progress } from '../output/progress.ts'
import { reportStorageStop } from '../output/storage-stop.ts'
import { type ImportAgain, importCommand } from './import-command.ts'

/** Minimum interval between progress events with --json. */
const EVENT_MS = 1_000

export class ImportOutput {
  readonly #context: Context
  readonly #again: ImportAgain
  readonly #throttled: () => number
  readonly #progress: Progress
  #startedAt = performance.now()
  #eventAt = performance.now()
  #isDescribed = false

  /**
   * @param again how to import rejected rows again
   * @param throttled the number of requests rejected by the rate limit so far
   */
  constructor(context: Context, again: ImportAgain, throttled: () => number) {
    this.#context = context
    this.#again = again
    this.#throttled = throttled
    this.#progress = new Progress(context.messages)
  }

  start(start: ImportStart): void {
    // The rate does not include the time before writing.
    this.#startedAt = performance.now()
    void this.#event('start', start)
    const { messages } = this.#context
    const what = `${start.file} to "${start.table}" (${start.version})`
    void messages.note(`${start.resumed ? 'resuming' : 'started'} job ${start.job}: ${what}`)
    void this.#describe(start)
  }

  /** Prints the notes on the file first, before a question about the plan. */
  async plan(plan: ImportPlan, file: FileNotes): Promise<void> {
    await this.#event('plan', plan)
    await this.#progress.end()
    await this.#describe(file)
    await this.#context.messages.note(planText(plan))
  }

  async #describe({ notes, absentColumns, inputKind }: FileNotes): Promise<void> {
    if (this.#isDescribed) return
    this.#isDescribed = true
    const { messages } = this.#context
    for (const note of notes) await messages.note(`  ${note}`)
    const absent = absentColumns.map((name) => `"${name}"`).join(', ')
    if (absent !== '') {
      await messages.note(`  not in the ${inputKind}, so null in new records: ${absent}`)
    }
  }

  progress(state: ImportProgress): void {
    this.#progress.show(() => this.#line(state))
    if (!this.#context.json || performance.now() - this.#eventAt < EVENT_MS) return
    this.#eventAt = performance.now()
    void this.#event('progress', { ...state, throttled: this.#throttled() })
  }

  problem(problem: RowProblem): void {
    void this.#event('problem', problem)
  }

  async end(report: ImportReport): Promise<void> {
    await this.#progress.end()
    await this.#report(report)
    const { stopped, ...rest } = report
    const error = stopped?.error
    await this.#event('end', {
      ...rest,
      stopped: stopped && {
        reason: stopped.reason,
        error: error && { code: error.code, message: error.message, hint: hintOf(error) },
      },
    })
  }

  async #event(event: string, facts: object): Promise<void> {
    if (this.#context.json)
      await this.#context.out.write(`${JSON.stringify({ event, ...facts })}\n`)
  }

  #line(state: ImportProgress): string {
    if (state.phase === 'reading') return `reading: ${formatCount(state.read)} rows`
    if (state.phase === 'comparing') {
      const { read, compared } = state
      return compared === 0
        ? `comparing: ${formatCount(read)} rows`
        : `comparing: ${countOf(compared)} of the table`
    }
    const done = state.ok + state.unchanged + state.rejected + state.unknown
    const elapsedMs = Math.max(1, performance.now() - this.#startedAt)
    const rate = ((done - state.before) * 1_000) / elapsedMs
    const parts = [
      `${state.phase === 'deleting' ? 'deleting; ' : ''}${formatCount(done)} rows done`,
    ]
    if (state.total !== undefined) {
      const left = Math.max(0, state.total - done)
      parts.push(`${formatCount(left)} left`)
      if (rate > 0) parts.push(`${formatSeconds((left * 1_000) / rate)} to go`)
    }
    parts.push(`${formatCount(Math.round(rate))} rows/s`)
    if (state.rejected > 0) parts.push(`${formatCount(state.rejected)} rejected`)
    if (state.unknown > 0) parts.push(`${formatCount(state.unknown)} unknown`)
    if (state.storedOtherwise > 0) {
      parts.push(`${formatCount(state.storedOtherwise)} stored differently`)
    }
    const throttled = this.#throttled()
    if (throttled > 0) parts.push(`${formatCount(throttled)} times throttled`)
    return parts.join(', ')
  }

  async #report(report: ImportReport): Promise<void> {
    const { messages } = this.#context
    const { stopped, files, job } = report
    const isStorage = stopped?.reason === 'storage'
    if (stopped !== undefined && !isStorage) await this.#reportStop(stopped)
    await messages.say(summaryOf(report))
    const pointers = [
      [files.rejected, 'rejected rows'],
      [files.errors, 'their errors'],
      [files.unknown, 'rows that may have been written: check before importing them again'],
    ] as const
    for (const [file, what] of pointers) {
      if (file !== undefined) await messages.say(`  ${shorten(file)}: ${what}`)
    }
    // Until the job has finished, more rows may be rejected.
    if (files.rejected !== undefined && report.finished) {
      const command = importCommand(this.#again, shorten(files.rejected))
      await messages.say(`fix the rejected rows there, then run: ${command}`)
    }
    if (report.notDeleted > 0) {
      const left = `${countOf(report.notDeleted)} not in the ${report.inputKind}`
      await messages.say(
        `${left} were not deleted: fix the rows in ${report.file}, then import all of it with --mode replace`,
      )
    }
    if (report.storedOtherwise > 0) await messages.say(STORED_OTHERWISE)
    const warning = report.tableCount && countWarning(report.tableCount)
    if (warning !== undefined) await messages.say(warning)
    for (const held of report.heldTwice) await messages.say(`  ${heldText(held, report.place)}`)
    if (isStorage) await reportStorageStop(messages, stopped, job)
    else if (!report.finished) await messages.say(`continue with: clt jobs resume ${job}`)
  }

  async #reportStop({ reason, error }: NonNullable<ImportReport['stopped']>): Promise<void> {
    const { messages } = this.#context
    if (error !== undefined) await messages.error(error)
    else if (reason === 'errors') await messages.say('stopped: too many rows were rejected')
    else await messages.say('interrupted; no more rows were sent')
  }
}

export function planText(plan: ImportPlan): string {
  const parts = [
    `${formatCount(plan.inserts)} rows to insert`,
    `${formatCount(plan.updates)} to update`,
    `${formatCount(plan.unchanged)} unchanged`,
  ]
  if (plan.deletes > 0) parts.push(`${countOf(plan.deletes)} to delete`)
  return parts.join(', ')
}

function summaryOf(report: ImportReport): string {
  const { read, ok, unchanged, rejected, unknown, unsent, readToEnd, mode } = report
  const { storedOtherwise } = report
  const counts = Object.entries({
    ...(mode !== 'insert' && { unchanged }),
    rejected,
    unknown,
    [readToEnd ? 'not sent' : 'or more not sent']: unsent,
    ...(storedOtherwise > 0 && { 'stored differently': storedOtherwise }),
  })
  const others = counts.map(([name, count]) => `${formatCount(count)} ${name}`).join(', ')
  const target = `"${report.table}" (${report.version})`
  const deleted = report.deleted > 0 ? `; ${formatCount(report.deleted)} records deleted` : ''
  return `${report.file} to ${target}: ${formatCount(read)} rows read, ${formatCount(ok)} written, ${others}, in ${formatSeconds(report.elapsedMs)}${deleted}`
}

/** Shown if the gateway stored values differently from what was sent. */
export const STORED_OTHERWISE =
  'the gateway stored some values differently from what was sent; with --accept-stored, the exit code is 0'

/** A warning about an unexpected record count, due to other programs or to a bug of ours. */
export function countWarning({ before, after, least, most, fits }: TableCount): string | undefined {
  if (fits) return undefined
  const expected =
    least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`
  return `warning: the table holds ${formatCount(after)} records, expected ${expected} (${formatCount(before)} before). Check it before retrying: rows may be lost or duplicated, or another program is writing to it`
}

/** Describes a duplicate key. */
export function heldText({ key, line, count, ids }: HeldKey, place: RowPlace): string {
  const values = Object.entries(key).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const more = count > ids.length ? ', …' : ''
  return `${values.join(', ')} (${place} ${line}): ${countOf(count)}: ${ids.join(', ')}${more}`
}

/** The path relative to the current folder, if that is shorter. */
function shorten(path: string): string {
  const near = relative(process.cwd(), path)
  return near.length < path.length ? near : path
}
