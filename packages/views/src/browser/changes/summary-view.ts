/** Which columns change, and how many records from which value to which. */
import { cellNode, visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText, plural } from '../kit/numbers.ts'
import { valueNode } from './cell-view.ts'
import type { ChangeSet, ChangesModel } from './changes-model.ts'
import type { ColumnSummary, ValueChange } from './rules/column-summary.ts'

const SHOWN = 5
const SHOWN_DIFFERENT = 3
const SHOWN_MORE = 100

export class SummaryView {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #body: HTMLElement
  readonly #state: HTMLElement
  /** Columns of which more values are shown. */
  readonly #opened = new Set<number>()

  constructor(model: ChangesModel) {
    this.#model = model
    this.#body = h('div', { className: 'summaries' })
    this.#state = h('p', { className: 'dim' })
    this.element = h(
      'section',
      { className: 'summary', ariaLabel: 'Changes by column' },
      h('h2', {}, 'Changes by column'),
      this.#state,
      this.#body,
    )
  }

  update(): void {
    const { set } = this.#model
    const summaries = set?.summary.summaries() ?? []
    this.element.hidden = summaries.length === 0
    if (set === undefined) return
    const loaded = set.rows.length
    this.#state.hidden = set.state === 'complete' && loaded === set.table.rows
    this.#state.textContent = `Of ${countText(loaded)} of ${plural(set.table.rows, 'change')} so far.`
    // Keeps the focus where it is, since the summary is drawn again while rows arrive.
    const focused = [...this.#body.querySelectorAll('button')].findIndex((button) =>
      button.matches(':focus'),
    )
    this.#body.replaceChildren(...summaries.map((summary) => this.#column(set, summary)))
    if (focused !== -1) this.#body.querySelectorAll('button')[focused]?.focus()
  }

  #column(set: ChangeSet, summary: ColumnSummary): Node {
    const { filter } = this.#model
    const { column, records, emptied } = summary
    const name = visibleText(set.table.columns[column]?.name ?? '')
    return h(
      'div',
      { className: 'column-summary' },
      h(
        'button',
        {
          type: 'button',
          className: 'column-name',
          ariaPressed: String(filter.column === column && filter.valueChange === undefined),
          onclick: () => this.#toggle(column, undefined),
        },
        h('span', { className: 'name' }, name),
        h('span', { className: 'dim' }, plural(records, 'record')),
      ),
      ...(emptied > 0 && emptied < records
        ? [h('p', { className: 'warning' }, `${plural(emptied, 'record')} lose their value.`)]
        : []),
      ...this.#values(summary),
    )
  }

  #values(summary: ColumnSummary): Node[] {
    const { column, records, changes, onlyAfter } = summary
    const isDifferent = changes.length > SHOWN && changes.length === records
    const few = isDifferent ? SHOWN_DIFFERENT : SHOWN
    const isOpen = this.#opened.has(column)
    const shown = changes.slice(0, isOpen ? SHOWN_MORE : few)
    const more = changes.length - shown.length
    return [
      ...(onlyAfter === undefined
        ? []
        : [h('p', { className: 'only' }, 'all become ', cellNode(onlyAfter.value))]),
      ...(isDifferent && !isOpen
        ? [h('p', { className: 'dim' }, 'a different change each, such as')]
        : []),
      h(
        'ul',
        { className: 'values' },
        ...shown.map((change) => h('li', {}, this.#value(summary, change))),
      ),
      ...(more > 0 || isOpen ? [this.#more(column, more, isOpen)] : []),
    ]
  }

  #value({ column, records, onlyAfter }: ColumnSummary, change: ValueChange): Node {
    const { filter } = this.#model
    const button = h(
      'button',
      {
        type: 'button',
        className: 'value-change',
        ariaPressed: String(filter.column === column && filter.valueChange === change.key),
        onclick: () => this.#toggle(column, change.key),
      },
      h('span', { className: 'values-text' }, ...valueTexts(change, onlyAfter !== undefined)),
      h('span', { className: 'count' }, countText(change.count)),
    )
    button.style.setProperty('--share', `${(100 * change.count) / records}%`)
    return button
  }

  #more(column: number, more: number, isOpen: boolean): Node {
    if (isOpen && more > 0) return h('p', { className: 'dim' }, `and ${countText(more)} more`)
    return h(
      'button',
      {
        type: 'button',
        className: 'link',
        onclick: () => {
          if (isOpen) this.#opened.delete(column)
          else this.#opened.add(column)
          this.update()
        },
      },
      isOpen ? 'show fewer' : `and ${countText(more)} more`,
    )
  }

  #toggle(column: number, valueChange: string | undefined): void {
    const { filter } = this.#model
    const isSet = filter.column === column && filter.valueChange === valueChange
    this.#model.setFilter({
      ...filter,
      column: isSet ? undefined : column,
      valueChange: isSet ? undefined : valueChange,
    })
  }
}

function valueTexts({ before, after }: ValueChange, isOnlyAfter: boolean): Node[] {
  const old = h('del', {}, valueNode(before, false))
  if (isOnlyAfter) return [old]
  return [
    old,
    h('span', { className: 'arrow', role: 'img', ariaLabel: 'becomes' }),
    h('ins', {}, valueNode(after, false)),
  ]
}
