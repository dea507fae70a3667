/** Cells of a file that cannot be written, and records that cannot be changed. */
import type { RowProblem } from '../../protocol/changes.ts'
import { cellNode, visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText, plural } from '../kit/numbers.ts'
import type { ChangesModel } from './changes-model.ts'

const CHUNK = 200

export class ProblemsView {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #title = h('h2', { tabIndex: -1 })
  readonly #reason: HTMLSelectElement
  readonly #body = h('tbody')
  readonly #count = h('p', { className: 'dim', role: 'status' })
  readonly #more: HTMLButtonElement
  #limit = CHUNK

  constructor(model: ChangesModel) {
    this.#model = model
    this.#reason = h('select', {
      ariaLabel: 'Reason',
      onchange: () => {
        this.#limit = CHUNK
        this.#draw()
      },
    })
    this.#more = h('button', { type: 'button', onclick: () => this.#showMore() })
    const titles = ['where', 'column', 'value', 'reason', 'fix']
    this.element = h(
      'section',
      { className: 'problems', ariaLabel: 'Problems' },
      this.#title,
      h('div', { className: 'list-bar' }, this.#reason, this.#count),
      h(
        'div',
        { className: 'scrolls', tabIndex: 0, role: 'region', ariaLabel: 'Table of problems' },
        h(
          'table',
          {},
          h('thead', {}, h('tr', {}, ...titles.map((title) => h('th', { scope: 'col' }, title)))),
          this.#body,
        ),
      ),
      this.#more,
    )
  }

  /** Shows the problems of the selected set. */
  update(): void {
    const { problems } = this
    this.element.hidden = problems.length === 0
    this.#title.textContent = plural(problems.length, 'problem')
    const counts = new Map<string, number>()
    for (const { reason } of problems) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    const reasons = [...counts].toSorted(([, one], [, other]) => other - one)
    this.#reason.hidden = reasons.length < 2
    this.#reason.replaceChildren(
      h('option', { value: '' }, 'all reasons'),
      ...reasons.map(([reason, count]) =>
        h('option', { value: reason }, `${visibleText(reason)} (${countText(count)})`),
      ),
    )
    this.#limit = CHUNK
    this.#draw()
  }

  get problems(): readonly RowProblem[] {
    return this.#model.set?.table.problems ?? []
  }

  #draw(): void {
    const { value } = this.#reason
    const matching = this.problems.filter(({ reason }) => value === '' || reason === value)
    const shown = matching.slice(0, this.#limit)
    this.#body.replaceChildren(...shown.map(problemRow))
    this.#count.textContent = `${countText(shown.length)} of ${plural(this.problems.length, 'problem')} shown.`
    const more = matching.length - shown.length
    this.#more.hidden = more === 0
    this.#more.textContent = `show ${countText(Math.min(CHUNK, more))} more`
  }

  #showMore(): void {
    this.#limit += CHUNK
    this.#draw()
  }
}

function problemRow({ place, column, value, reason, fix }: RowProblem): Node {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, visibleText(place)),
    h('td', {}, visibleText(column ?? '')),
    h('td', { className: 'wrong' }, value === undefined ? '' : cellNode(value)),
    h('td', {}, visibleText(reason)),
    h('td', {}, visibleText(fix ?? '')),
  )
}
