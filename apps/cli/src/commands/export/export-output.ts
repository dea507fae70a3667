/** Messages of an export on stderr, and its report on stdout under --json if it writes a file. */
import { existsSync } from 'node:fs'
import type { DelimitedOptions } from '@chatlayer-tables/files'
import { FORMAT_FACTS, formatsWith } from '@chatlayer-tables/files/formats'
import type { ExportReport } from '@chatlayer-tables/transfer'
import type { OpenTable } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT } from '../../exit-codes.ts'
import { describeFailure } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount, formatSeconds, Progress } from '../../output/progress.ts'

interface Subject {
  readonly table: Pick<OpenTable, 'name' | 'handle'>
  /** Undefined for stdout. */
  readonly path: string | undefined
}

export class ExportOutput {
  readonly #context: Context
  readonly #subject: Subject
  readonly #progress: Progress
  readonly #startedAt = performance.now()
  #total: number | undefined

  constructor(context: Context, subject: Subject) {
    this.#context = context
    this.#subject = subject
    this.#progress = new Progress(context.messages)
  }

  /** Counts the records for the progress on a terminal; ignores errors. */
  countTotal(): void {
    const { messages, quiet, stop } = this.#context
    if (quiet || !messages.isTerminal) return
    this.#subject.table.handle.count(undefined, { signal: stop }).then(
      (total) => {
        this.#total = total
      },
      () => undefined,
    )
  }

  progress(records: number): void {
    this.#progress.show(() => this.#line(records))
  }

  /** Reports the state of the file, unless the error makes it clear. */
  async fail(error: unknown): Promise<void> {
    await this.#progress.end()
    const { path } = this.#subject
    const failure = describeFailure(error)
    if (path === undefined || failure === undefined || failure.exit === EXIT.usage) return
    const state = existsSync(path) ? 'was not changed' : 'was not written'
    await this.#context.messages.say(`${path} ${state}`)
  }

  async end(report: ExportReport, { safeFormulas, decimal }: DelimitedOptions): Promise<void> {
    const { messages, json, out } = this.#context
    const { path: file } = this.#subject
    await this.#progress.end()
    await messages.note(summaryOf(report, file))
    for (const name of report.leftOut) {
      await messages.say(
        `warning: records have values for "${name}", which was not a column of the table when the export started; these values were skipped. Export again`,
      )
    }
    if (decimal === ',') {
      await messages.note('numbers have a decimal comma; to import this file, pass --decimal ,')
    }
    if (safeFormulas === true) await this.#reportGuarded(report)
    if (!json || file === undefined) return
    const { table, version, format, records, columns, guarded, leftOut, elapsedMs } = report
    const summary = { table, version, file, format, records, columns, guarded, leftOut, elapsedMs }
    await out.write(`${JSON.stringify(summary)}\n`)
  }

  async #reportGuarded({ guarded, format }: ExportReport): Promise<void> {
    const { messages } = this.#context
    if (guarded > 0) {
      const values = `${formatCount(guarded)} ${guarded === 1 ? 'value' : 'values'}`
      return messages.say(
        `warning: ${values} changed: an apostrophe before each formula prevents spreadsheets from running it; importing this file also writes the apostrophes`,
      )
    }
    const why = formatsWith('safeFormulas').includes(format)
      ? 'none looks like a formula'
      : `spreadsheets do not run text in ${FORMAT_FACTS[format].label}`
    await messages.note(`no value was changed for spreadsheets: ${why}`)
  }

  #line(records: number): string {
    const rate = (records * 1_000) / Math.max(1, performance.now() - this.#startedAt)
    const parts = [`exporting "${this.#subject.table.name}": ${countOf(records)}`]
    if (this.#total !== undefined && this.#total >= records) {
      const left = this.#total - records
      parts.push(`${formatCount(left)} left`)
      if (rate > 0) parts.push(`${formatSeconds((left * 1_000) / rate)} to go`)
    }
    parts.push(`${formatCount(Math.round(rate))} records/s`)
    return parts.join(', ')
  }
}

function summaryOf(report: ExportReport, file: string | undefined): string {
  const what = `${countOf(report.records)} of "${report.table}" (${report.version})`
  const to = file === undefined ? '' : ` to ${file}`
  return `exported ${what}${to} in ${formatSeconds(report.elapsedMs)}`
}
