/** A table of records to sort, filter, search, copy and, where it is allowed, change. */
import type { ToolCall } from '../../protocol/cells.ts'
import type { RecordFilter, RecordRow, TableFacts } from '../../protocol/records.ts'
import type { PreviewEditParams } from '../../protocol/requests.ts'
import type { Host } from '../host/host.ts'
import { visibleText } from '../kit/cell-text.ts'
import { copyText } from '../kit/copy.ts'
import { openDialog } from '../kit/dialog.ts'
import { h } from '../kit/element.ts'
import { createGrid, type Grid, type GridSort } from '../kit/grid.ts'
import { failureNode } from '../kit/load.ts'
import { countText, plural } from '../kit/numbers.ts'
import { button, panelButton, toolbar } from '../kit/toolbar.ts'
import { hasFormula, recordsCsv } from './csv.ts'
import { type Field, fieldsOf, gridColumns } from './fields.ts'
import { filterChips, filterForm } from './filters.ts'
import { editRecord, openRecord, reviewEdit } from './record-dialogs.ts'
import { RecordStore } from './record-store.ts'

export interface RecordsViewParams {
  readonly table?: string
  readonly call?: ToolCall
}

const SEARCH_DELAY_MS = 150
/** Rows with dates of writing are wide, so the page of an assistant hides them at first. */
const HIDDEN_IN_ASSISTANTS = ['record createdAt', 'record updatedAt']

export class RecordsView {
  readonly node: HTMLElement
  readonly #host: Host
  readonly #facts: TableFacts
  readonly #params: RecordsViewParams
  readonly #fields: Field[]
  readonly #store: RecordStore
  readonly #grid: Grid<RecordRow>
  readonly #selected = new Map<string, RecordRow>()
  readonly #status = h('p', { class: 'records-status', role: 'status' })
  readonly #chips = h('div', { class: 'chips' })
  readonly #problem = h('div', {})
  readonly #deleteButton: HTMLButtonElement | undefined
  readonly #search = h('input', {
    type: 'search',
    class: 'grow',
    placeholder: 'Search texts',
    'aria-label': 'Search texts',
  })
  #filters: readonly RecordFilter[] = []
  #sort: GridSort | undefined
  #hidden: ReadonlySet<string>
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: Host, facts: TableFacts, params: RecordsViewParams) {
    this.#host = host
    this.#facts = facts
    this.#params = params
    this.#fields = fieldsOf(facts)
    this.#hidden = new Set(host.kind === 'assistant' ? HIDDEN_IN_ASSISTANTS : [])
    this.#store = new RecordStore(
      facts.total,
      (query) => host.request('records', query),
      (isNewQuery) => this.#onRows(isNewQuery),
    )
    this.#grid = this.#createGrid()
    this.#grid.setHidden(this.#hidden)
    if (this.#canWrite) {
      this.#deleteButton = button('Delete…', () => this.#remove([...this.#selected.keys()]), {
        class: 'danger',
        hidden: true,
      })
    }
    this.#search.addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#load(), SEARCH_DELAY_MS)
    })
    this.node = h(
      'section',
      { class: 'records' },
      this.#header(),
      this.#toolbar(),
      this.#chips,
      this.#problem,
      this.#grid.element,
      this.#status,
    )
    this.#load()
  }

  get #canWrite(): boolean {
    return this.#facts.isWritable && this.#host.kind === 'server'
  }

  get #table(): string {
    return this.#params.table ?? `${this.#facts.table}@${this.#facts.version.toLowerCase()}`
  }

  get #visible(): Field[] {
    return this.#fields.filter(({ key }) => !this.#hidden.has(key))
  }

  #header(): HTMLElement {
    const { table, version, facts } = this.#facts
    const badge = h('span', { class: version === 'LIVE' ? 'badge live' : 'badge' }, version)
    return h(
      'header',
      { class: 'records-header' },
      h('h1', {}, visibleText(table)),
      badge,
      ...facts.map(([label, text]) =>
        h('span', { class: 'dim' }, `${visibleText(label)}: ${visibleText(text)}`),
      ),
    )
  }

  #toolbar(): HTMLElement {
    const filter = panelButton('Filter', (close) =>
      filterForm(this.#fields, (added) => {
        close()
        this.#setFilters([...this.#filters, added])
      }),
    )
    const copy = button('Copy CSV', () => void this.#copy(), {
      title: 'Copy the selected records, or all that are loaded, as CSV',
    })
    const insert = this.#canWrite
      ? button('Insert…', () => this.#edit(undefined), { class: 'main' })
      : undefined
    const columns = panelButton('Columns', () => this.#columnBoxes())
    return toolbar('Tools', this.#search, filter, columns, copy, this.#deleteButton, insert)
  }

  #columnBoxes(): HTMLElement {
    return h(
      'div',
      {},
      ...this.#fields.map(({ key, title }) => {
        const box = h('input', { type: 'checkbox', checked: !this.#hidden.has(key) })
        box.addEventListener('change', () => {
          const hidden = new Set(this.#hidden)
          if (box.checked) hidden.delete(key)
          else hidden.add(key)
          this.#hidden = hidden
          this.#grid.setHidden(hidden)
        })
        return h('label', {}, box, visibleText(title))
      }),
    )
  }

  #createGrid(): Grid<RecordRow> {
    const selected = this.#selected
    return createGrid({
      label: `Records of ${visibleText(this.#facts.table)}`,
      columns: gridColumns(this.#fields),
      rows: this.#store,
      onSort: (sort) => {
        this.#sort = sort
        this.#grid.setSort(sort)
        this.#load()
      },
      onOpen: (row) =>
        openRecord(
          this.#fields,
          row,
          this.#canWrite
            ? { edit: () => this.#edit(row), remove: () => this.#remove([row.id]) }
            : undefined,
        ),
      ticks: {
        isTicked: ({ id }) => selected.has(id),
        onTick: (row) => {
          if (!selected.delete(row.id)) selected.set(row.id, row)
          this.#onSelection()
        },
        label: ({ id }) => `Select record ${visibleText(id)}`,
        all: {
          isTicked: () => selected.size > 0 && selected.size >= this.#store.loaded().length,
          onTick: () => this.#tickAll(),
          label: 'Select all loaded records',
        },
      },
    })
  }

  #tickAll(): void {
    const loaded = this.#store.loaded()
    const areTicked = loaded.every(({ id }) => this.#selected.has(id))
    this.#selected.clear()
    if (!areTicked) for (const row of loaded) this.#selected.set(row.id, row)
    this.#onSelection()
  }

  #onSelection(): void {
    if (this.#deleteButton !== undefined) this.#deleteButton.hidden = this.#selected.size === 0
    this.#grid.update()
    this.#showCounts()
  }

  #setFilters(filters: readonly RecordFilter[]): void {
    this.#filters = filters
    const remove = (removed: RecordFilter) => {
      this.#setFilters(this.#filters.filter((filter) => filter !== removed))
      this.#search.focus()
    }
    this.#chips.replaceChildren(...filterChips(filters, remove))
    this.#load()
  }

  #load(): void {
    const search = this.#search.value
    const grid = this.#sort && this.#fields.find(({ key }) => key === this.#sort?.column)?.name
    this.#store.load({
      ...this.#params,
      filters: this.#filters,
      ...(this.#sort && grid && { sort: { column: grid, descending: this.#sort.descending } }),
      ...(search !== '' && { search }),
    })
  }

  #onRows(isNewQuery: boolean): void {
    if (isNewQuery) {
      this.#grid.element.scrollTop = 0
      this.#selected.clear()
      this.#onSelection()
    } else this.#grid.update()
    const { failure } = this.#store
    if (failure === undefined) this.#problem.replaceChildren()
    else {
      const node = failureNode(failure, () => this.#store.retry())
      this.#problem.replaceChildren(h('div', { class: 'notice bad' }, node))
    }
    this.#showCounts()
  }

  #showCounts(message = ''): void {
    const { total } = this.#facts
    const { length } = this.#store
    const isPart = this.#filters.length > 0 || this.#search.value !== ''
    const counts = isPart
      ? `${countText(length)} of ${plural(total, 'record')}`
      : plural(length, 'record')
    const chosen = this.#selected.size > 0 ? `${countText(this.#selected.size)} selected` : ''
    this.#status.textContent = [counts, chosen, message].filter((part) => part !== '').join(' · ')
  }

  async #copy(): Promise<void> {
    const rows = this.#selected.size > 0 ? [...this.#selected.values()] : this.#store.loaded()
    const isCopied = await copyText(recordsCsv(this.#visible, rows))
    const formula = hasFormula(this.#visible, rows)
      ? ' Some values start like a formula; spreadsheets may calculate them.'
      : ''
    const isPart = this.#selected.size === 0 && rows.length < this.#store.length
    const which = isPart ? ' that are loaded' : ''
    if (isCopied) this.#showCounts(`Copied ${plural(rows.length, 'record')}${which}.${formula}`)
  }

  #edit(row: RecordRow | undefined): void {
    const table = this.#table
    editRecord(this.#fields, row, (values) =>
      this.#review(row ? { table, update: row.id, set: values } : { table, insert: values }),
    )
  }

  #remove(ids: readonly string[]): void {
    this.#review({ table: this.#table, delete: ids }).catch((error: unknown) => {
      const retry = () => {
        dialog.close()
        this.#remove(ids)
      }
      const dialog = openDialog('Not deleted', failureNode(error, retry))
    })
  }

  #review(params: PreviewEditParams): Promise<void> {
    return reviewEdit(this.#host, params, () => this.#store.load())
  }
}
