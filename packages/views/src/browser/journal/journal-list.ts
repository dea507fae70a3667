/** The list of change sets by day, with a filter by table. */
import type { Host } from '../host/host.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { failureNode } from '../kit/load.ts'
import { byDay, dayTitle } from './days.ts'
import { entryNode } from './entry-node.ts'
import { isOfTable, listedText, tableAddress } from './entry-text.ts'
import { JournalLoader } from './journal-loader.ts'

export class JournalList {
  readonly node: HTMLElement
  readonly #loader: JournalLoader
  readonly #isFile: boolean
  readonly #open: (changeSet: string) => void
  /** Tables to filter by. */
  readonly #tables: Set<string>
  readonly #title = h('h1', { tabIndex: -1 }, 'Journal')
  readonly #select = h('select', { onchange: () => this.#choose() })
  readonly #status = h('div', { class: 'dim', role: 'status' }, 'Loading…')
  readonly #days = h('div')
  readonly #older = h(
    'button',
    { type: 'button', class: 'journal-older', hidden: true, onclick: () => this.#loadOlder() },
    'Load older changes',
  )

  constructor(host: Host, table: string | undefined, open: (changeSet: string) => void) {
    this.#loader = new JournalLoader(host, table)
    this.#isFile = host.kind === 'file'
    this.#open = open
    this.#tables = new Set(table === undefined ? [] : [table])
    const reload = () => void this.reload()
    this.node = h(
      'div',
      {},
      h(
        'header',
        { class: 'journal-header' },
        this.#title,
        h('label', {}, 'Table ', this.#select),
        h('button', { type: 'button', onclick: reload }, 'Reload'),
      ),
      this.#status,
      this.#days,
      this.#older,
    )
    void this.reload()
    void this.#addTables(host)
  }

  /** Loads again as many change sets as were loaded. */
  reload(): Promise<void> {
    return this.#load(() => this.#loader.reload(this.#loader.entries.length))
  }

  /** Moves the focus to a change set, or else to the title. */
  focus(changeSet: string): void {
    const selector = `[data-change-set="${CSS.escape(changeSet)}"]`
    const button = this.#days.querySelector<HTMLElement>(selector)
    ;(button ?? this.#title).focus()
  }

  async #loadOlder(): Promise<void> {
    const shown = this.#shown().length
    await this.#load(() => this.#loader.loadOlder())
    const added = this.#shown()[shown]
    if (added !== undefined) this.focus(added.changeSet)
  }

  async #load(load: () => Promise<boolean>): Promise<void> {
    this.#older.disabled = true
    try {
      if (await load()) this.#show()
    } catch (error) {
      this.#status.replaceChildren(failureNode(error, () => void this.#load(load)))
    } finally {
      this.#older.disabled = false
    }
  }

  #choose(): void {
    this.#loader.filter = this.#select.value === '' ? undefined : this.#select.value
    void this.#load(() => this.#loader.reload())
  }

  /** A file has all change sets inside, whatever table is asked for. */
  #shown() {
    const { entries, filter } = this.#loader
    return this.#isFile ? entries.filter((entry) => isOfTable(entry, filter)) : entries
  }

  #show(): void {
    const shown = this.#shown()
    for (const entry of this.#loader.entries) this.#tables.add(tableAddress(entry))
    this.#showTables()
    const now = new Date()
    this.#days.replaceChildren(
      ...byDay(shown).map(({ day, entries }) =>
        h(
          'section',
          { class: 'day' },
          h('h2', {}, dayTitle(day, now)),
          h('ul', { role: 'list' }, ...entries.map((entry) => entryNode(entry, this.#open))),
        ),
      ),
    )
    const { hasOlder } = this.#loader
    this.#status.textContent =
      shown.length === 0 && !hasOlder
        ? 'No changes are recorded.'
        : listedText(shown.length, hasOlder)
    this.#older.hidden = !hasOlder
  }

  #showTables(): void {
    const options = [...this.#tables]
      .sort()
      .map((name) => h('option', { value: name }, visibleText(name)))
    this.#select.replaceChildren(h('option', { value: '' }, 'all tables'), ...options)
    this.#select.value = this.#loader.filter ?? ''
  }

  /** Offers also tables that no loaded change set is of, if the host lists tables. */
  async #addTables(host: Host): Promise<void> {
    const { tables } = await host.request('tables', {}).catch(() => ({ tables: [] }))
    for (const table of tables) this.#tables.add(tableAddress(table))
    this.#showTables()
  }
}
