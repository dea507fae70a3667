/** The tables of a bot, as a page may see and write them. */
import type { CallOptions, Table, TableHandle, Version } from '@chatlayer-tables/core'
import type { Fact, TableFacts } from '@chatlayer-tables/views'
import type { OpenBot } from '../../connection.ts'
import { UsageError } from '../../failures.ts'

export interface PageAccess {
  readonly readOnly: boolean
  /** Whether `--live` was passed. */
  readonly live: boolean
}

/** A table in one version. */
export interface PageTable {
  readonly definition: Table
  readonly version: Version
  readonly handle: TableHandle
  /** Why it cannot be written; undefined if it can. */
  readonly locked: UsageError | undefined
}

export class PageTables {
  readonly #bot: OpenBot
  readonly #access: PageAccess
  /** The id of the table that the command names. */
  #openedId: string | undefined

  constructor(bot: OpenBot, access: PageAccess) {
    this.#bot = bot
    this.#access = access
  }

  /** Finds the table that the command names. @throws NotFoundError */
  async checkOpened(call: CallOptions): Promise<void> {
    const { client, reference } = this.#bot
    if (reference === undefined) return
    this.#openedId = (await client.tables.get(reference.table, call)).id
  }

  /** All tables, in the version of the command; the one that it names is the first. */
  async list(call: CallOptions): Promise<PageTable[]> {
    const all = await this.#bot.client.tables.list(call)
    const sorted = all.toSorted(
      (a, b) => Number(b.id === this.#openedId) - Number(a.id === this.#openedId),
    )
    return sorted.map((table) => this.#tableOf(table, this.#bot.version))
  }

  /** @param text such as `stores@draft`; default: the table that the command names, or the first one */
  async find(text: string | undefined, call: CallOptions): Promise<PageTable> {
    if (text === undefined) {
      const [first] = await this.list(call)
      if (first === undefined) throw new UsageError('the bot has no tables')
      return first
    }
    // A page names no profile, so a colon is part of the name.
    const [, name = text, version] = /^(.+)@(draft|live)$/is.exec(text) ?? []
    const chosen = version === undefined ? this.#bot.version : versionOf(version)
    return this.#tableOf(await this.#bot.client.tables.definition(name, call), chosen)
  }

  /** Why a table cannot be written; undefined if it can. */
  lockOf({ id, name }: Pick<Table, 'id' | 'name'>, version: Version): UsageError | undefined {
    const { readOnly, live } = this.#access
    if (readOnly) return new UsageError('this page can only read', 'Omit --read-only.')
    const { reference } = this.#bot
    const isRequested = live || (reference?.version === 'LIVE' && id === this.#openedId)
    if (version === 'DRAFT' || isRequested) return undefined
    return new UsageError(
      `this page can only read "${name}" in LIVE`,
      `Writing to LIVE must be requested on the command line: clt open "${name}@live"`,
    )
  }

  #tableOf(definition: Table, version: Version): PageTable {
    const handle = this.#bot.client.table(definition.id, { version })
    return { definition, version, handle, locked: this.lockOf(definition, version) }
  }
}

function versionOf(text: string): Version {
  return text.toUpperCase() === 'LIVE' ? 'LIVE' : 'DRAFT'
}

export async function tableFacts(table: PageTable, call: CallOptions): Promise<TableFacts> {
  const { definition, version, handle, locked } = table
  const { name, columns, description } = definition
  return {
    ...{ table: name, version },
    columns: columns.map(({ name: column, type }) => ({ name: column, type })),
    total: await handle.count(undefined, call),
    isWritable: locked === undefined,
    facts: [
      ...fact('description', description ?? ''),
      ...fact('read only', locked?.hint ?? locked?.message ?? ''),
    ],
  }
}

function fact(label: string, text: string): Fact[] {
  return text === '' ? [] : [[label, text]]
}
