/** Answers the requests of the page of `clt open`. */
import type { ChangesParams } from '@chatlayer-tables/views'
import type { OpenBot } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import type { Handlers } from '../../pages/page-server.ts'
import { editWrite } from '../../pages/reviews/edit-write.ts'
import { PageReviews } from '../../pages/reviews/page-reviews.ts'
import { undoWrite } from '../../pages/reviews/undo-write.ts'
import { journalPage, ShownChangeSets } from '../../pages/tables/journal-requests.ts'
import { profileOf } from '../../pages/tables/page-profile.ts'
import { PageRows } from '../../pages/tables/page-rows.ts'
import { PageTables, tableFacts } from '../../pages/tables/page-tables.ts'
import { lockTable } from '../../table-locks.ts'
import type { Options } from './definition.ts'

export interface Session {
  readonly handlers: Handlers
  /** Checks the connection, and the table that was named. */
  check(): Promise<void>
  /** Resolves when no write is running. */
  settled(): Promise<void>
}

export function createSession(bot: OpenBot, options: Options, context: Context): Session {
  const { readOnly, live } = options
  const tables = new PageTables(bot, { readOnly, live })
  const rows = new PageRows(context.stop)
  const reviews = new PageReviews({
    stop: context.stop,
    lockOf: (table, version) => tables.lockOf(table, version),
    lockTable: ({ table, version }) =>
      lockTable(context, { wait: true }, bot.client, { table, version }),
    onWritten: (id) => rows.forget(id),
    redact: (text) => context.messages.redact(text),
  })
  return {
    check: () => tables.checkOpened({ signal: context.stop }),
    settled: () => reviews.settled(),
    handlers: {
      ...tableHandlers(tables, rows),
      ...journalHandlers(bot, tables, context),
      ...reviewHandlers(bot, tables, reviews, context),
      ...changesHandlers(bot, tables, reviews, context),
    },
  }
}

function tableHandlers(tables: PageTables, rows: PageRows): Handlers {
  return {
    async tables(_, signal) {
      const all = await tables.list({ signal })
      return { tables: await Promise.all(all.map((table) => tableFacts(table, { signal }))) }
    },
    async table({ table }, signal) {
      const found = await tables.find(table, { signal })
      // The page was opened or loaded again, and expects the present records.
      rows.forget(found.definition.id)
      return await tableFacts(found, { signal })
    },
    records: async (params, signal) =>
      await rows.page(await tables.find(params.table, { signal }), params, { signal }),
  }
}

function journalHandlers({ client }: OpenBot, tables: PageTables, { journal }: Context): Handlers {
  return {
    async profile({ table }, signal) {
      const found = await tables.find(table, { signal })
      return await profileOf(found, await journal.open(), client, { signal })
    },
    async journal(params, signal) {
      const { table } = params
      const found = table === undefined ? undefined : await tables.find(table, { signal })
      return await journalPage(await journal.open(), client, found, params)
    },
  }
}

function reviewHandlers(
  bot: OpenBot,
  tables: PageTables,
  reviews: PageReviews,
  { journal }: Context,
): Handlers {
  return {
    previewEdit: async (params, signal) => {
      const table = await tables.find(params.table, { signal })
      if (table.locked !== undefined) throw table.locked
      return await reviews.create(editWrite(params, table, bot, journal), signal)
    },
    previewUndo: async (params, signal) =>
      await reviews.create(await undoWrite(params, bot, journal), signal),
    approve: (params) => reviews.approve(params),
    decline: async ({ review }) => reviews.decline(review),
    progress: ({ review }, signal) => reviews.progress(review, signal),
  }
}

function changesHandlers(
  { client }: OpenBot,
  tables: PageTables,
  reviews: PageReviews,
  { journal }: Context,
): Handlers {
  const { origin, teamId, botId } = client.connection
  let sets: ShownChangeSets | undefined
  const shown = async (): Promise<ShownChangeSets> => {
    sets ??= new ShownChangeSets(
      await journal.open(),
      ({ table, version, connection }) =>
        tables.lockOf(table, version) === undefined &&
        [connection.origin, connection.teamId, connection.botId].join('\n') ===
          [origin, teamId, botId].join('\n'),
    )
    return sets
  }
  return {
    async changes(params) {
      const { review, changeSet } = subjectOf(params)
      if (review !== undefined) return reviews.changes(review)
      return await (await shown()).facts(changeSet)
    },
    async changeRows({ set, offset, limit, ...params }) {
      const { review, changeSet } = subjectOf(params)
      const rows =
        review === undefined
          ? await (await shown()).rows(changeSet, set, offset, limit)
          : reviews.rows(review, set, offset, limit)
      return { rows }
    },
  }
}

type Subject =
  | { readonly review: string; readonly changeSet?: never }
  | { readonly review?: undefined; readonly changeSet: string }

function subjectOf({ review, changeSet }: ChangesParams): Subject {
  if (review !== undefined && changeSet === undefined) return { review }
  if (changeSet !== undefined && review === undefined) return { changeSet }
  throw new UsageError('the request must name a review or a change set')
}
