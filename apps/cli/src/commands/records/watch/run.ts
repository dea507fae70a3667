/** `clt records watch`: looks at a table again and again, and tells what has changed. */

import { setTimeout as sleep } from 'node:timers/promises'
import { readConditions } from '../../../conditions.ts'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { describeFailure, UsageError } from '../../../failures.ts'
import { countOf } from '../../../output/preview-output.ts'
import { formatCount, formatSeconds, plural } from '../../../output/progress.ts'
import { parseColumns } from '../../../where.ts'
import type { Options } from './definition.ts'
import { eventSink } from './watch-output.ts'
import { WatchedTable, type WholeReason } from './watched-table.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { messages, stop } = context
  if (options.jq !== undefined) {
    throw new UsageError(
      '--jq works on the whole of an output, and a watch has no end',
      'Pipe it: clt records watch … | jq …',
    )
  }
  const where = readConditions(options)
  const select = options.select.length === 0 ? undefined : options.select.flatMap(parseColumns)
  await using table = await openTableToRead(context, options)
  const { client, handle } = table
  const watched = new WatchedTable({ client, handle, where, select })
  const deadline = options.for === undefined ? undefined : AbortSignal.timeout(options.for)
  const signal = deadline === undefined ? stop : AbortSignal.any([stop, deadline])
  const began = performance.now()
  const counts = { added: 0, changed: 0, removed: 0, looks: 0 }
  const sink = eventSink(context)
  const outage = new Outage(context)
  let told: WholeReason | undefined
  const tellReason = async (): Promise<void> => {
    const reason = watched.wholeReason
    if (reason === told || reason === 'small') return
    told = reason
    if (reason !== undefined) {
      await messages.note(`${REASONS[reason]}: each look reads ${countOf(watched.size)}`)
    }
  }

  try {
    await watched.begin({ signal })
    const { name } = await handle.definition({ signal })
    const every = formatSeconds(options.interval)
    await messages.note(
      `watching ${countOf(watched.size)} of "${name}" (${table.version}), every ${every}; Ctrl-C ends it`,
    )
    await tellReason()
    let tookMs = 0
    for (;;) {
      // Looks that read much are no more than half of the time.
      await sleep(Math.max(options.interval, tookMs), undefined, { signal })
      const start = performance.now()
      const events = await outage.survive(() => watched.look({ signal }), signal)
      tookMs = performance.now() - start
      if (events === undefined) continue
      counts.looks++
      const at = new Date()
      for (const event of events) {
        counts[event.event]++
        await sink.show(event, at)
      }
      await tellReason()
      const time = at.toTimeString().slice(0, 8)
      await messages.updateLine(`${countOf(watched.size)} at ${time}`)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  await messages.clearLine()
  const { added, changed, removed, looks } = counts
  const sums = `${formatCount(added)} added, ${formatCount(changed)} changed, ${formatCount(removed)} removed`
  const span = formatSeconds(performance.now() - began)
  await messages.note(`${sums} in ${plural(looks, 'look')} and ${span}`)
  return stop.aborted ? EXIT.interrupted : EXIT.ok
}

const REASONS: Readonly<Record<Exclude<WholeReason, 'small'>, string>> = {
  'no-date-filter': 'the gateway is not known to filter by dates',
  condition: 'the gateway cannot filter the whole condition',
  'no-dates': 'there are records without a date',
  'dates-stand-still': 'a record changed, and its updatedAt did not',
}

/** A gateway that is unreachable for a while: reported once, and once more when it is back. */
class Outage {
  readonly #messages: Context['messages']
  #since: number | undefined

  constructor({ messages }: Context) {
    this.#messages = messages
  }

  /** @returns undefined where the gateway was not reached, or could not do it now */
  async survive<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    try {
      const found = await look()
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
