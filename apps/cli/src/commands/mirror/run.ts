/** `clt mirror`: keeps a table of a database equal to a table of the bot. */
import {
  type DatabaseExportReport,
  exportToDatabase,
  keepMirrored,
} from '@chatlayer-tables/sources'
import { confirmOrThrow } from '../../confirm.ts'
import { openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { countsText, openDatabase, WHOLE_REASONS } from '../../database-target.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { describeFailure, UsageError } from '../../failures.ts'
import { Events } from '../../output/events.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatSeconds, Progress, plural } from '../../output/progress.ts'
import { canAsk } from '../../prompts.ts'
import { parseColumns } from '../../where.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const output = new MirrorOutput(context)
  if (options.once) {
    await output.run(await mirrorOnce(options, context), true)
    return EXIT.ok
  }
  if (options.jq !== undefined) {
    throw new UsageError(
      '--jq requires complete output, but a mirror has no end',
      'Use a pipe: clt mirror … --json | jq …',
    )
  }
  let isFirst = true
  try {
    await keepMirrored({
      run: () => mirrorOnce(options, context),
      everyMs: options.every,
      isTransient: (error) => describeFailure(error)?.exit === EXIT.gateway,
      onRun: async (report) => {
        await output.run(report, isFirst)
        isFirst = false
      },
      onFailure: (error) => output.failure(error),
      onRecovery: (outageMs) => output.recovery(outageMs),
      signal: context.stop,
    })
  } catch (error) {
    if (!context.stop.aborted) throw error
  }
  return EXIT.interrupted
}

/** Connects again for each run: a connection may not last from one to the next, and a token may change. */
async function mirrorOnce(options: Options, context: Context): Promise<DatabaseExportReport> {
  await using table = await openTableToRead(context, options)
  await using session = await openDatabase(options.to, context)
  const progress = new Progress(context.messages)
  try {
    return await exportToDatabase({
      ...{ client: table.client, table: table.handle, session, sinceLast: true },
      select: options.select.length === 0 ? undefined : options.select.flatMap(parseColumns),
      delete: options.delete,
      allowEmpty: options.allowEmpty,
      addColumns: options.addColumns,
      wholeEveryMs: options.fullEvery,
      wait: options.wait,
      onWait: () =>
        void context.messages.say(`waiting: another export is writing to ${session.name}`),
      confirmDeletes: async (count, isOwn) => {
        if (isOwn || options.yes) return
        await progress.end()
        await confirmForeign(context, `${plural(count, 'row')} of ${session.name}`)
      },
      onProgress: (records) => progress.show(() => `reading "${table.name}": ${countOf(records)}`),
      signal: context.stop,
    })
  } finally {
    await progress.end()
  }
}

/** Rows that no mirror of this table has written may be worth something. */
async function confirmForeign(context: Context, rows: string): Promise<void> {
  if (canAsk(context)) return await confirmOrThrow(context, `Delete ${rows}?`)
  throw new UsageError(
    `${rows} would be deleted, which no mirror of this table has written`,
    'Pass --yes to delete them, --no-delete to keep them, or mirror to another table.',
  )
}

class MirrorOutput {
  readonly #messages: Context['messages']
  readonly #events: Events

  constructor(context: Context) {
    this.#messages = context.messages
    this.#events = new Events(context)
  }

  /** Reports a run that changed something, and the first. */
  async run(report: DatabaseExportReport, isFirst: boolean): Promise<void> {
    const { inserted, updated, deleted, to, why, elapsedMs, created } = report
    if (inserted + updated + deleted === 0 && !created && !isFirst) return
    const read = why === undefined ? 'changes' : `all records, ${WHOLE_REASONS[why]}`
    const time = new Date().toTimeString().slice(0, 8)
    await this.#messages.note(
      `${time} ${to}: ${countsText(report)} in ${formatSeconds(elapsedMs)} (read ${read})`,
    )
    await this.#events.event('run', { at: new Date(), ...report })
  }

  async failure(error: unknown): Promise<void> {
    const failure = describeFailure(error)
    await this.#messages.say(`${failure?.message ?? String(error)}; still trying`)
    await this.#events.event('failure', { at: new Date(), message: failure?.message })
  }

  async recovery(outageMs: number): Promise<void> {
    await this.#messages.say(`the mirror works again after ${formatSeconds(outageMs)}`)
    await this.#events.event('recovery', { at: new Date(), outageMs: Math.round(outageMs) })
  }
}
