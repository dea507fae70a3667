/** The journal as a page shows it. */
import type { Client } from '@chatlayer-tables/core'
import type { ChangeSetFilter, ChangeSetSummary, Journal } from '@chatlayer-tables/journal'
import type {
  ChangeRow,
  ChangesFacts,
  EmbeddedData,
  JournalEntry,
  JournalPage,
  JournalParams,
} from '@chatlayer-tables/views'
import { UsageError } from '../../failures.ts'
import { byOf, changedBy } from '../../output/change-output.ts'
import { changeSetPage } from '../change-set-page.ts'
import type { PageTable } from './page-tables.ts'

/** The change sets of the bot, the newest first. */
export async function journalPage(
  journal: Journal,
  { connection }: Pick<Client, 'connection'>,
  table: PageTable | undefined,
  { after = '0', limit }: JournalParams,
): Promise<JournalPage> {
  if (!/^\d{1,12}$/.test(after)) throw new UsageError('invalid cursor')
  const { origin, teamId, botId } = connection
  const offset = Number(after)
  const filter: ChangeSetFilter = {
    connection: { origin, teamId, botId },
    table: table?.definition.id,
    version: table?.version,
    limit: limit + 1,
    offset,
  }
  const found = await journal.list(filter)
  return {
    entries: found.slice(0, limit).map(entryOf),
    ...(found.length > limit && { next: String(offset + limit) }),
  }
}

function entryOf(summary: ChangeSetSummary): JournalEntry {
  const { id, begunAt, table, version, command, note, counts, undone, undoes, job, status } =
    summary
  const { inserted, updated, deleted, rejected, unknown, open } = counts
  return {
    ...{ changeSet: id, at: begunAt, table: table.name, version, undone, status },
    who: [byOf(summary), ...(command === undefined ? [] : [command])].join(': '),
    counts: { inserted, updated, deleted, rejected, unknown: unknown + open },
    ...(note !== undefined && { note }),
    ...(undoes !== undefined && { undoes }),
    ...(job !== undefined && { job }),
  }
}

/** Change sets that are shown: their rows are read once. */
export class ShownChangeSets {
  readonly #journal: Journal
  readonly #canWrite: (summary: ChangeSetSummary) => boolean
  #shown: { readonly id: string; readonly data: EmbeddedData } | undefined

  constructor(journal: Journal, canWrite: (summary: ChangeSetSummary) => boolean) {
    this.#journal = journal
    this.#canWrite = canWrite
  }

  async facts(id: string): Promise<ChangesFacts> {
    const summary = await this.#journal.show(id)
    const data = await this.#read(summary)
    const isLeft = summary.undone < changedBy(summary.counts) && summary.status !== 'running'
    const undo = { changeSet: summary.id, canUndoPart: true }
    const facts = data.changes
    if (facts === undefined) throw new UsageError('the change set has no changes')
    return isLeft && this.#canWrite(summary) ? { ...facts, undo } : facts
  }

  async rows(id: string, set: number, offset: number, limit: number): Promise<ChangeRow[]> {
    const shown = this.#shown
    const data = shown?.id === id ? shown.data : await this.#read(await this.#journal.show(id))
    return data.changeRows?.[set]?.rows.slice(offset, offset + limit) ?? []
  }

  async #read(summary: ChangeSetSummary): Promise<EmbeddedData> {
    const data = await changeSetPage(this.#journal, summary)
    this.#shown = { id: summary.id, data }
    return data
  }
}
