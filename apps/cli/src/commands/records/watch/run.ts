/** `clt records watch`: polls a table and reports changes. */

import { setTimeout as sleep } from 'node:timers/promises'
import { readConditions } from '../../../conditions.ts'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { describeFailure, UsageError } from '../../../failures.ts'
import { countOf } from '../../../output/preview-output.ts'
import { formatCount, formatSeconds, plural } from '../../../output/progress.ts'
import { columnsInQuery, type Field, readSelect } from '../../../where.ts'
import type { Options } from './definition.ts'
import type { WatchEvent } from './difference.ts'
import { eventSink } from './watch-output.ts'
import { WatchedTable, type WholeReason } from './watched-table.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { stop } = context
  if (options.jq !== undefined) {
    throw new UsageError(
      '--jq requires complete output, but a watch has no end',
      'Use a pipe: clt records watch … | jq …',
    )
  }
  const where = readConditions(options)
  const fields = readSelect(options.select)
  const select = columnsInQuery(fields)
  await using table = await openTableToRead(context, options)
  const { client, handle } = table
  const watched = new WatchedTable({ client, handle, where, select })
  const deadline = options.for === undefined ? undefined : AbortSignal.timeout(options.for)
  const signal = deadline === undefined ? stop : AbortSignal.any([stop, deadline])
  const report = new WatchReport(context, watched, fields)
  try {
    await watched.begin({ signal })
    const { name } = await handle.definition({ signal })
    await report.begin(`"${name}" (${table.version})`, options.interval)
    await poll(watched, report, { interval: options.interval, outage: new Outage(context), signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
  await report.end()
  return stop.aborted ? EXIT.interrupted : EXIT.ok
}

/** Polls until the signal aborts, and throws its reason. @param options interval in milliseconds */
async function poll(
  watched: WatchedTable,
  report: WatchReport,
  options: {
    readonly interval: number
    readonly outage: Outage
    readonly signal: AbortSignal
  },
): Promise<never> {
  const { interval, outage, signal } = options
  let tookMs = 0
  for (;;) {
    // Long polls take at most half of the time.
    await sleep(Math.max(interval, tookMs), undefined, { signal })
    const start = performance.now()
    const events = await outage.survive(() => watched.poll({ signal }), signal)
    tookMs = performance.now() - start
    if (events !== undefined) await report.poll(events)
  }
}

/** Output of a watch: changes on stdout, everything else on stderr. */
class WatchReport {
  readonly #messages: Context['messages']
  readonly #watched: WatchedTable
  readonly #sink: ReturnType<typeof eventSink>
  readonly #began = performance.now()
  readonly #counts = { added: 0, changed: 0, removed: 0, polls: 0 }
  #reason: WholeReason | undefined

  constructor(context: Context, watched: WatchedTable, fields: readonly Field[] | undefined) {
    this.#messages = context.messages
    this.#watched = watched
    this.#sink = eventSink(context, fields)
  }

  async begin(table: string, interval: number): Promise<void> {
    const count = countOf(this.#watched.size)
    await this.#messages.note(
      `watching ${count} of ${table}, every ${formatSeconds(interval)}; Ctrl-C ends it`,
    )
    await this.#reportReason()
  }

  async poll(events: readonly WatchEvent[]): Promise<void> {
    this.#counts.polls++
    const at = new Date()
    for (const event of events) {
      this.#counts[event.event]++
      await this.#sink.show(event, at)
    }
    await this.#reportReason()
    const time = at.toTimeString().slice(0, 8)
    await this.#messages.updateLine(`${countOf(this.#watched.size)} at ${time}`)
  }

  async end(): Promise<void> {
    await this.#messages.clearLine()
    const { added, changed, removed, polls } = this.#counts
    const sums = `${formatCount(added)} added, ${formatCount(changed)} changed, ${formatCount(removed)} removed`
    const span = formatSeconds(performance.now() - this.#began)
    await this.#messages.note(`${sums} in ${plural(polls, 'poll')} and ${span}`)
  }

  /** Reports why each poll reads all records, if the reason has changed. */
  async #reportReason(): Promise<void> {
    const reason = this.#watched.wholeReason
    if (reason === this.#reason || reason === 'small') return
    this.#reason = reason
    if (reason === undefined) return
    await this.#messages.note(`${REASONS[reason]}: each poll reads ${countOf(this.#watched.size)}`)
  }
}

const REASONS: Readonly<Record<Exclude<WholeReason, 'small'>, string>> = {
  'no-date-filter': 'the gateway may be unable to filter by date',
  condition: 'the gateway cannot filter the whole condition',
  'no-dates': 'some records have no date',
  'unchanged-dates': 'a record changed without a new updatedAt',
}

/** Reports once that the gateway is unreachable, and once that it is back. */
class Outage {
  readonly #messages: Context['messages']
  #since: number | undefined

  constructor({ messages }: Context) {
    this.#messages = messages
  }

  /** @returns undefined if the gateway was unreachable or unable to complete the request */
  async survive<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    try {
      const found = await attempt()
      if (this.#since !== undefined) {
        const span = formatSeconds(performance.now() - this.#since)
        await this.#messages.note(`the gateway is back after ${span}`)
        this.#since = undefined
      }
      return found
    } catch (error) {
      signal.throwIfAborted()
      const failure = describeFailure(error)
      if (failure?.exit !== EXIT.gateway) throw error
      if (this.#since === undefined) {
        this.#since = performance.now()
        await this.#messages.note(`${failure.message}; still trying`)
      }
      return undefined
    }
  }
}
