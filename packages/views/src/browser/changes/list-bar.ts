/** The line above the records: how many are shown, loaded and ticked. */
import { h } from '../kit/element.ts'
import { countText, plural } from '../kit/numbers.ts'
import { type ChangesModel, changeCount } from './changes-model.ts'
import { openHelp } from './help-dialog.ts'

export class ListBar {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #shown = h('p', { className: 'shown', role: 'status' })
  readonly #loading = h('progress', { ariaLabel: 'Loading changes' })
  readonly #problem = h('p', { className: 'error', role: 'alert' })
  readonly #retry: HTMLButtonElement
  readonly #ticks: HTMLElement

  constructor(model: ChangesModel, retry: () => void) {
    this.#model = model
    this.#retry = h('button', { type: 'button', onclick: retry }, 'Load again')
    const tickAll = (isTicked: boolean) => () => model.tick(model.shown, isTicked)
    this.#ticks = h(
      'div',
      { className: 'tick-buttons' },
      h('button', { type: 'button', onclick: tickAll(true) }, 'tick all shown'),
      h('button', { type: 'button', onclick: tickAll(false) }, 'untick all shown'),
    )
    this.element = h(
      'div',
      { className: 'list-bar' },
      this.#shown,
      this.#loading,
      this.#problem,
      this.#retry,
      this.#ticks,
      h('button', { type: 'button', className: 'link', onclick: openHelp }, 'keys'),
    )
  }

  update(): void {
    const { set, shown, tickMode, isLocked } = this.#model
    this.#ticks.hidden = tickMode === 'none' || isLocked
    if (set === undefined) return
    const { rows } = set.table
    const isFailed = set.state === 'failed'
    this.#loading.hidden = set.state !== 'loading'
    this.#loading.max = Math.max(1, rows)
    this.#loading.value = set.rows.length
    this.#problem.hidden = !isFailed
    this.#problem.textContent = isFailed ? `Loading stopped: ${set.problem}` : ''
    this.#retry.hidden = !isFailed
    const text = this.#text(shown.length, set.rows.length, rows)
    // Only written if it changes, since screen readers announce it.
    if (this.#shown.textContent !== text) this.#shown.textContent = text
  }

  #text(shown: number, loaded: number, total: number): string {
    const { set } = this.#model
    if (set?.state === 'loading') return `Loading ${plural(total, 'change')} …`
    const changes = set === undefined ? 0 : changeCount(set.table)
    const missing =
      changes > loaded ? ` The other ${countText(changes - loaded)} are not in this page.` : ''
    const part =
      shown === loaded
        ? `${plural(loaded, 'change')} shown.`
        : `${countText(shown)} of ${plural(loaded, 'change')} shown.`
    return part + missing
  }
}
