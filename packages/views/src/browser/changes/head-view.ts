/** The head of the page: what the changes are, and by whom. */
import type { Fact } from '../../protocol/cells.ts'
import type { ChangesFacts } from '../../protocol/changes.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText } from '../kit/numbers.ts'
import { type ChangesModel, changeCount } from './changes-model.ts'

export function headView({ facts }: ChangesModel): Node {
  const note = facts.review?.note ?? ''
  return h(
    'header',
    { className: 'head' },
    h('h1', {}, visibleText(facts.title)),
    factList(facts.facts),
    ...(note === '' ? [] : [noteView(note)]),
    ...(facts.remarks.length === 0 ? [] : [remarkList(facts)]),
  )
}

function noteView(note: string): Node {
  return h(
    'figure',
    { className: 'note' },
    h('figcaption', {}, 'Reason given by the writer'),
    h('blockquote', {}, visibleText(note)),
  )
}

function remarkList({ remarks }: ChangesFacts): Node {
  return h(
    'ul',
    { className: 'remarks', ariaLabel: 'Remarks' },
    ...remarks.map((remark) => h('li', {}, visibleText(remark))),
  )
}

export function factList(facts: readonly Fact[]): Node {
  return h(
    'dl',
    { className: 'fact-line' },
    ...facts.map(([label, text]) =>
      h('div', {}, h('dt', {}, visibleText(label)), h('dd', {}, visibleText(text))),
    ),
  )
}

/** Buttons that switch between the tables of a plan; nothing if there is one table only. */
export class SetTabs {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #tabs: HTMLButtonElement[]

  constructor(model: ChangesModel) {
    this.#model = model
    this.#tabs = model.sets.map((_, index) => this.#tab(index))
    this.element = h(
      'div',
      { className: 'tabs', role: 'tablist', ariaLabel: 'Tables' },
      ...this.#tabs,
    )
    this.element.hidden = model.sets.length < 2
    this.element.addEventListener('keydown', (event) => this.#onKey(event))
  }

  update(): void {
    for (const [index, tab] of this.#tabs.entries()) {
      tab.ariaSelected = String(index === this.#model.selected)
      tab.tabIndex = index === this.#model.selected ? 0 : -1
    }
  }

  #tab(index: number): HTMLButtonElement {
    const table = this.#model.sets[index]?.table
    return h(
      'button',
      { type: 'button', role: 'tab', onclick: () => this.#model.select(index) },
      h('span', {}, visibleText(table?.table ?? '')),
      h(
        'span',
        { className: 'dim' },
        table && ` ${table.version} · ${countText(changeCount(table))}`,
      ),
    )
  }

  #onKey({ key }: KeyboardEvent): void {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
    const count = this.#tabs.length
    if (step === 0) return
    this.#model.select((this.#model.selected + step + count) % count)
    this.#tabs[this.#model.selected]?.focus()
  }
}
