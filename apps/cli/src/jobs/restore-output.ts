/** Reports a restore: as events with --json, otherwise as text on stderr. */
import {
  differsAsStored,
  isComparedEqual,
  type RestoredPart,
  type RestorePart,
  type RestoreProgress,
  type RestoreReport,
  type RestoreRunOptions,
  type RestoreStart,
  type RowProblem,
} from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { Events } from '../output/events.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, formatSeconds, Progress, plural } from '../output/progress.ts'
import { reportStorageStop } from '../output/storage-stop.ts'
import { countWarning, heldText, STORED_OTHERWISE } from './import-output.ts'

const PHASES: Readonly<Record<RestoreProgress['phase'], string>> = {
  checking: 'checking',
  deleting: 'deleting',
  writing: 'writing',
  comparing: 'reading back',
}

type Listeners = Pick<RestoreRunOptions, 'onProgress' | 'onProblem' | 'onRestored'>

export class RestoreOutput {
  readonly #context: Context
  readonly #throttled: () => number
  readonly #progress: Progress
  readonly #events: Events
  /** Keeps the order of the output. */
  #queued = Promise.resolve()
  #isCheck = false
  #phase = { name: '', at: performance.now(), done: 0 }

  /** @param throttled the number of requests rejected by the rate limit so far */
  constructor(context: Context, throttled: () => number) {
    this.#context = context
    this.#throttled = throttled
    this.#progress = new Progress(context.messages)
    this.#events = new Events(context)
  }

  /** @param isCheck whether each problem is printed, since no file will contain it */
  listeners(isCheck = false): Listeners {
    this.#isCheck = isCheck
    return {
      onProgress: (progress) => this.#reportProgress(progress),
      onProblem: (part, problem) => this.#queue(() => this.#problem(part, problem)),
      onRestored: (restored) => this.#queue(() => this.#restored(restored)),
    }
  }

  start(start: RestoreStart): void {
    this.#queue(() => this.#start(start))
  }

  /** Waits until everything is printed. */
  async flush(): Promise<void> {
    await this.#queued
    await this.#progress.end()
  }

  async end(report: RestoreReport): Promise<void> {
    await this.flush()
    const { messages } = this.#context
    const { stopped, notCompared, finished, job, restored, parts } = report
    const isStorage = stopped?.reason === 'storage'
    if (stopped?.error !== undefined && !isStorage) await messages.error(stopped.error)
    else if (stopped !== undefined && !isStorage) {
      await messages.say('interrupted; no more records were sent')
    }
    if (notCompared !== undefined) await messages.error(notCompared)
    const done = restored.filter((part) => part.finished).length
    await messages.say(
      `${report.file}: ${formatCount(done)} of ${plural(parts, 'table')} restored in ${formatSeconds(report.elapsedMs)}`,
    )
    if (isStorage) await reportStorageStop(messages, stopped, job)
    else if (!finished) await messages.say(`continue with: clt jobs resume ${job}`)
    await this.#events.event('end', {
      ...report,
      stopped: stopped && { reason: stopped.reason, error: stopped.error && asJson(stopped.error) },
      notCompared: notCompared && asJson(notCompared),
    })
  }

  async #start(start: RestoreStart): Promise<void> {
    await this.#events.event('start', start)
    const { job, file, parts, resumed } = start
    const tables = parts.map(({ into, version }) => `"${into.name}" (${version})`).join(', ')
    await this.#context.messages.note(
      `${resumed ? 'resuming' : 'started'} job ${job}: ${file} to ${tables}`,
    )
  }

  #reportProgress(progress: RestoreProgress): void {
    const { part, index, parts, phase, done, rejected, unknown } = progress
    this.#progress.show(() => this.#line(progress))
    this.#events.progress({
      ...{ table: part.into.name, version: part.version, index, parts, phase },
      ...{ done, total: part.records, rejected, unknown, throttled: this.#throttled() },
    })
  }

  #line({ part, index, parts, phase, done, rejected, unknown }: RestoreProgress): string {
    const now = performance.now()
    const name = `${index} ${phase}`
    if (this.#phase.name !== name) this.#phase = { name, at: now, done }
    const seconds = Math.max(1, now - this.#phase.at) / 1_000
    const rate = (done - this.#phase.done) / seconds
    const words = [
      `${PHASES[phase]} "${part.into.name}" (${index + 1} of ${parts}): ${countOf(done)}`,
    ]
    if (phase === 'writing') {
      const left = Math.max(0, part.records - done - rejected - unknown)
      words.push(`${formatCount(left)} left`)
      if (rate > 0) words.push(`${formatSeconds((left * 1_000) / rate)} to go`)
    }
    words.push(`${formatCount(Math.round(rate))} records/s`)
    if (rejected > 0) words.push(`${formatCount(rejected)} rejected`)
    if (unknown > 0) words.push(`${formatCount(unknown)} unknown`)
    const throttled = this.#throttled()
    if (throttled > 0) words.push(`${formatCount(throttled)} times throttled`)
    return words.join(', ')
  }

  async #problem({ from }: RestorePart, problem: RowProblem): Promise<void> {
    const { table, version } = from
    await this.#events.event('problem', { table, version, ...problem })
    if (!this.#isCheck) return
    const { line, reason, fix } = problem
    const place = `"${table}" (${version}), line ${line} of its file`
    await this.#context.messages.say(`  ${place}: ${reason}${fix === undefined ? '' : `. ${fix}`}`)
  }

  async #restored(restored: RestoredPart): Promise<void> {
    await this.#events.event('restored', restored)
    const { messages } = this.#context
    await messages.say(summaryOf(restored))
    for (const file of [restored.files.rejected, restored.files.errors, restored.files.unknown]) {
      if (file !== undefined) await messages.say(`  see ${file}`)
    }
    const { comparison, notDeleted, tableCount, heldTwice } = restored
    if (notDeleted > 0) {
      await messages.say(`  ${countOf(notDeleted)} not in the backup were not deleted`)
    }
    if (restored.storedOtherwise > 0) await messages.say(`  ${STORED_OTHERWISE}`)
    const warning = tableCount && countWarning(tableCount)
    if (warning !== undefined) await messages.say(`  ${warning}`)
    for (const held of heldTwice) await messages.say(`  ${heldText(held, 'line')}`)
    if (comparison === undefined || isComparedEqual(comparison)) return
    if (differsAsStored(comparison)) return
    const { missing, missingLines, extra, extraIds } = comparison
    if (missing > 0) {
      await messages.say(
        `  ${countOf(missing)} of the backup are not in the table: lines ${list(missingLines, missing)}`,
      )
    }
    if (extra > 0) {
      await messages.say(
        `  ${countOf(extra)} of the table are not in the backup: ${list(extraIds, extra)}. Another program may have written to it`,
      )
    }
  }

  #queue(print: () => Promise<void>): void {
    this.#queued = this.#queued.then(print)
  }
}

function list(some: readonly (string | number)[], all: number): string {
  return some.length < all ? `${some.join(', ')}, …` : some.join(', ')
}

function asJson({
  code,
  message,
  hint,
}: {
  code: string
  message: string
  hint: string | undefined
}) {
  return { code, message, hint }
}

function summaryOf(restored: RestoredPart): string {
  const { from, into, records, inserted, updated, unchanged, deleted } = restored
  const { rejected, unknown, unsent, storedOtherwise, comparison } = restored
  const counts = [
    `${formatCount(inserted + updated)} written`,
    ...(unchanged > 0 ? [`${formatCount(unchanged)} unchanged`] : []),
    `${formatCount(rejected)} rejected`,
    `${formatCount(unknown)} unknown`,
    `${formatCount(unsent)} not sent`,
  ]
  if (storedOtherwise > 0) counts.push(`${formatCount(storedOtherwise)} stored differently`)
  if (deleted > 0) counts.push(`${formatCount(deleted)} deleted`)
  const target = `"${from.table}" (${from.version}) to "${into.table}" (${into.version})`
  return `${target}: ${countOf(records)}, ${counts.join(', ')}${comparedText(comparison)}`
}

function comparedText(comparison: RestoredPart['comparison']): string {
  if (comparison === undefined) return ''
  if (differsAsStored(comparison)) {
    return '; read back: differs only in values that the gateway stored differently'
  }
  if (!isComparedEqual(comparison)) return '; read back: NOT equal to the backup'
  return comparison.exact
    ? '; read back: equal to the backup'
    : '; read back: contains all records of the backup'
}
