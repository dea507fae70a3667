/** What is told of an import: as events under --json, else in words on stderr. */
import { relative } from 'node:path'
import type {
  FileNotes,
  HeldKey,
  ImportPlan,
  ImportProgress,
  ImportReport,
  ImportStart,
  RowProblem,
  TableCount,
} from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { hintOf } from '../hints.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, formatSeconds, Progress } from '../output/progress.ts'
import { reportStorageStop } from '../output/storage-stop.ts'
import { type ImportAgain, importCommand } from './import-command.ts'

/** Between two progress events under --json. */
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
   * @param again how rows that are rejected are imported again
   * @param throttled how many requests the rate limit refused so far
   */
  constructor(context: Context, again: ImportAgain, throttled: () => number) {
    this.#context = context
    this.#again = again
    this.#throttled = throttled
    this.#progress = new Progress(context.messages)
  }

  start(start: ImportStart): void {
    // The rate is that of the writing.
    this.#startedAt = performance.now()
    void this.#event('start', start)
    const { messages } = this.#context
    const what = `${start.file} to "${start.table}" (${start.version})`
    void messages.note(`${start.resumed ? 'going on with' : 'began'} job ${start.job}: ${what}`)
    void this.#describe(start)
  }

  /** The notes on the file come first, before a question about it. */
  async plan(plan: ImportPlan, file: FileNotes): Promise<void> {
    await this.#event('plan', plan)
    await this.#progress.end()
    await this.#describe(file)
    await this.#context.messages.note(planText(plan))
  }

  async #describe({ notes, absentColumns }: FileNotes): Promise<void> {
    if (this.#isDescribed) return
    this.#isDescribed = true
    const { messages } = this.#context
    for (const note of notes) await messages.note(`  ${note}`)
    const absent = absentColumns.map((name) => `"${name}"`).join(', ')
    if (absent !== '') await messages.note(`  not in the file, so null in new records: ${absent}`)
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
    await this.#tell(report)
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
    if (state.phase === 'reading') return `reading: ${formatCount(state.read)} rows of the file`
    if (state.phase === 'comparing') {
      const { read, compared } = state
      return compared === 0
        ? `comparing: ${formatCount(read)} rows of the file`
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
      parts.push(`${formatCount(state.storedOtherwise)} stored otherwise`)
    }
    const throttled = this.#throttled()
    if (throttled > 0) parts.push(`${formatCount(throttled)} times throttled`)
    return parts.join(', ')
  }

  async #tell(report: ImportReport): Promise<void> {
    const { messages } = this.#context
    const { stopped, files, job } = report
    const isStorage = stopped?.reason === 'storage'
    if (stopped !== undefined && !isStorage) await this.#tellStop(stopped)
    await messages.say(summaryOf(report))
    const pointers = [
      [files.rejected, 'rejected rows'],
      [files.errors, 'why, problem by problem'],
      [files.unknown, 'rows that may have been written: look before you import them'],
    ] as const
    for (const [file, what] of pointers) {
      if (file !== undefined) await messages.say(`  ${shorten(file)}: ${what}`)
    }
    // Until the job has ended, more rows may come.
    if (files.rejected !== undefined && report.finished) {
      const command = importCommand(this.#again, shorten(files.rejected))
      await messages.say(`fix the rejected rows there, then run: ${command}`)
    }
    if (report.notDeleted > 0) {
      const left = `${countOf(report.notDeleted)} that the file lacks`
      await messages.say(
        `${left} were left: fix the rows in ${report.file}, then import all of it with --mode replace`,
      )
    }
    if (report.storedOtherwise > 0) await messages.say(STORED_OTHERWISE)
    const warning = report.tableCount && countWarning(report.tableCount)
    if (warning !== undefined) await messages.say(warning)
    for (const held of report.heldTwice) await messages.say(`  ${heldText(held)}`)
    if (isStorage) await reportStorageStop(messages, stopped, job)
    else if (!report.finished) await messages.say(`go on with: clt jobs resume ${job}`)
  }

  async #tellStop({ reason, error }: NonNullable<ImportReport['stopped']>): Promise<void> {
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
    ...(storedOtherwise > 0 && { 'stored otherwise': storedOtherwise }),
  })
  const others = counts.map(([name, count]) => `${formatCount(count)} ${name}`).join(', ')
  const target = `"${report.table}" (${report.version})`
  const deleted = report.deleted > 0 ? `; ${formatCount(report.deleted)} records deleted` : ''
  return `${report.file} to ${target}: ${formatCount(read)} rows read, ${formatCount(ok)} written, ${others}, in ${formatSeconds(report.elapsedMs)}${deleted}`
}

/** What to know where the gateway stored values otherwise, and how to accept it. */
export const STORED_OTHERWISE =
  'the gateway stored some values otherwise than they were sent; --accept-stored makes that exit with 0'

/** Others may write to the table meanwhile; but this is also where a fault of ours would show. */
export function countWarning({ before, after, least, most, fits }: TableCount): string | undefined {
  if (fits) return undefined
  const expected =
    least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`
  return `warning: the table holds ${formatCount(after)} records, expected ${expected} (${formatCount(before)} before). Check it before retrying: rows may be lost or doubled, or another program writes to it`
}

/** A key that several records have. */
export function heldText({ key, line, count, ids }: HeldKey): string {
  const values = Object.entries(key).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const more = count > ids.length ? ', …' : ''
  return `${values.join(', ')} (line ${line}): ${countOf(count)}: ${ids.join(', ')}${more}`
}

/** Relative to where the user is, if that is shorter. */
function shorten(path: string): string {
  const near = relative(process.cwd(), path)
  return near.length < path.length ? near : path
}
