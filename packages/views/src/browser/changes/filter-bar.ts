/** Filters by kind, column and text, and what else changes what is shown. */
import { CHANGE_KINDS } from '../../protocol/changes.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText } from '../kit/numbers.ts'
import type { ChangesModel } from './changes-model.ts'
import { KIND_SIGNS } from './record-item.ts'
import { isFiltering, NO_FILTER } from './rules/change-filter.ts'

const SHOWN_KINDS = ['updated', 'inserted', 'deleted'] as const
const SEARCH_MS = 150

export class FilterBar {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #kinds = h('div', { className: 'kinds', role: 'group', ariaLabel: 'Kinds of changes' })
  readonly #column: HTMLSelectElement
  readonly #search: HTMLInputElement
  readonly #all: HTMLInputElement
  readonly #clear: HTMLButtonElement
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(model: ChangesModel) {
    this.#model = model
    this.#column = h('select', { ariaLabel: 'Column', onchange: () => this.#filterColumn() })
    this.#search = h('input', {
      type: 'search',
      placeholder: 'Search',
      ariaLabel: 'Search ids and values',
      oninput: () => this.#searchSoon(),
    })
    this.#all = h('input', {
      type: 'checkbox',
      onchange: () => model.showAllColumns(this.#all.checked),
    })
    this.#clear = h(
      'button',
      { type: 'button', className: 'link', onclick: () => this.#clearAll() },
      'clear filters',
    )
    this.element = h(
      'div',
      { className: 'filter-bar', role: 'search', ariaLabel: 'Filters' },
      this.#kinds,
      this.#column,
      this.#search,
      h('label', { className: 'check' }, this.#all, 'show all columns'),
      this.#clear,
    )
  }

  update(): void {
    const { filter, set, showsAllColumns } = this.#model
    const hasFocus = this.#kinds.contains(document.activeElement)
    this.#kinds.replaceChildren(...this.#kindNodes())
    if (hasFocus) this.#kinds.querySelector<HTMLElement>('[aria-pressed=true]')?.focus()
    this.#column.replaceChildren(
      h('option', { value: '' }, 'all columns'),
      ...(set?.table.columns ?? []).map(({ name }, column) =>
        h('option', { value: String(column) }, visibleText(name)),
      ),
    )
    this.#column.value = String(filter.column ?? '')
    if (this.#search.value.trim() !== filter.search.trim()) this.#search.value = filter.search
    this.#all.checked = showsAllColumns
    this.#clear.hidden = !isFiltering(filter)
  }

  focusSearch(): void {
    this.#search.focus()
  }

  #kindNodes(): Node[] {
    const { set, filter } = this.#model
    if (set === undefined) return []
    const { counts } = set.table
    const total = CHANGE_KINDS.reduce((sum, kind) => sum + counts[kind], 0)
    const kinds = SHOWN_KINDS.filter((kind) => counts[kind] > 0)
    const button = (kind: (typeof kinds)[number] | undefined, text: string, count: number) =>
      h(
        'button',
        {
          type: 'button',
          className: `kind-button ${kind ?? 'all'}`,
          ariaPressed: String(filter.kind === kind),
          onclick: () => this.#model.setFilter({ ...filter, kind }),
        },
        `${text} `,
        h('b', {}, countText(count)),
      )
    return [
      ...(kinds.length > 1 ? [button(undefined, 'all', total)] : []),
      ...kinds.map((kind) => button(kind, `${KIND_SIGNS[kind]} ${kind}`, counts[kind])),
      ...(['unchanged', 'rejected'] as const)
        .filter((kind) => counts[kind] > 0)
        .map((kind) =>
          h(
            'span',
            { className: `kind-count ${kind}` },
            `${kind} `,
            h('b', {}, countText(counts[kind])),
          ),
        ),
    ]
  }

  #filterColumn(): void {
    const { value } = this.#column
    this.#model.setFilter({
      ...this.#model.filter,
      column: value === '' ? undefined : Number(value),
      valueChange: undefined,
    })
  }

  #searchSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#model.setFilter({ ...this.#model.filter, search: this.#search.value })
    }, SEARCH_MS)
  }

  #clearAll(): void {
    clearTimeout(this.#timer)
    this.#model.setFilter(NO_FILTER)
    this.#search.focus()
  }
}
