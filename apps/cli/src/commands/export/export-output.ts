/** What is told of an export, on stderr and, of one into a file, under --json on stdout. */
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
  /** undefined for stdout. */
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

  /** Asks how many records there are, where somebody looks on; nothing depends on the answer. */
  learnTotal(): void {
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

  /** What became of the file, where that is not plain from the error. */
  async fail(error: unknown): Promise<void> {
    await this.#progress.end()
    const { path } = this.#subject
    const failure = describeFailure(error)
    if (path === undefined || failure === undefined || failure.exit === EXIT.usage) return
    const became = existsSync(path) ? 'was left as it was' : 'was not written'
    await this.#context.messages.say(`${path} ${became}`)
  }

  async end(report: ExportReport, { safeFormulas, decimal }: DelimitedOptions): Promise<void> {
    const { messages, json, out } = this.#context
    const { path: file } = this.#subject
    await this.#progress.end()
    await messages.note(summaryOf(report, file))
    for (const name of report.leftOut) {
      await messages.say(
        `warning: records hold values under "${name}", which is no column of the table as it was when the export began; they were left out. Export again`,
      )
    }
    if (decimal === ',') {
      await messages.note('numbers have a decimal comma; to import this file, pass --decimal ,')
    }
    if (safeFormulas === true) await this.#tellGuarded(report)
    if (!json || file === undefined) return
    const { table, version, format, records, columns, guarded, leftOut, elapsedMs } = report
    const summary = { table, version, file, format, records, columns, guarded, leftOut, elapsedMs }
    await out.write(`${JSON.stringify(summary)}\n`)
  }

  async #tellGuarded({ guarded, format }: ExportReport): Promise<void> {
    const { messages } = this.#context
    if (guarded > 0) {
      const values = `${formatCount(guarded)} ${guarded === 1 ? 'value' : 'values'}`
      return messages.say(
        `warning: ${values} changed, so that no spreadsheet runs them: an apostrophe is put before each formula; importing this file writes it into the table`,
      )
    }
    const why = formatsWith('safeFormulas').includes(format)
      ? 'nothing looks like a formula'
      : `text in ${FORMAT_FACTS[format].label} is never run`
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
