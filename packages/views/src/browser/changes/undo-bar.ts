/** Undoing a change set, or the ticked part of it: a review of the undo is created and shown. */
import type { ChangesParams } from '../../protocol/changes.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText } from '../kit/numbers.ts'
import type { ChangesModel } from './changes-model.ts'
import { messageOf } from './message-of.ts'

export class UndoBar {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #changeSet: string
  readonly #open: (params: ChangesParams) => void
  readonly #message = h('p', { className: 'review-message', role: 'status' })
  readonly #all: HTMLButtonElement
  readonly #part: HTMLButtonElement
  #isSending = false

  constructor(model: ChangesModel, changeSet: string, open: (params: ChangesParams) => void) {
    this.#model = model
    this.#changeSet = changeSet
    this.#open = open
    this.#all = h(
      'button',
      { type: 'button', onclick: () => void this.#undo(undefined) },
      'Undo all',
    )
    this.#part = h('button', {
      type: 'button',
      className: 'main',
      onclick: () => void this.#undo(this.#tickedIds()),
    })
    this.element = h(
      'section',
      { className: 'review-bar', ariaLabel: 'Undo' },
      h('div', { className: 'review-status' }, this.#message),
      h('div', { className: 'review-form' }, this.#all, this.#part),
    )
    this.#message.textContent = 'An undo is shown first, and written once you approve it.'
    this.update()
  }

  update(): void {
    const { tickedCount, tickMode } = this.#model
    this.#part.hidden = tickMode !== 'undo'
    this.#part.textContent = `Undo ${countText(tickedCount)} ticked`
    this.#part.disabled = this.#isSending || tickedCount === 0
    this.#all.disabled = this.#isSending
  }

  /** Only loaded rows can be ticked for an undo, so that the id of each is known. */
  #tickedIds(): string[] {
    return this.#model.sets.flatMap(({ rows, ticks }) =>
      rows.flatMap(({ index, id }) => (id !== undefined && ticks.has(index) ? [id] : [])),
    )
  }

  async #undo(records: string[] | undefined): Promise<void> {
    this.#isSending = true
    this.#message.className = 'review-message'
    this.#message.textContent = 'Planning the undo …'
    this.update()
    try {
      const { review } = await this.#model.host.request('previewUndo', {
        changeSet: this.#changeSet,
        ...(records !== undefined && { records }),
      })
      this.#open({ review })
    } catch (error) {
      this.#message.className = 'review-message failed'
      this.#message.textContent = visibleText(messageOf(error))
    } finally {
      this.#isSending = false
      this.update()
    }
  }
}
