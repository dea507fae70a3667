/** Approving or declining a review: ticks and note go along, and the result is shown here. */
import type { ReviewFacts, WriteResult } from '../../protocol/changes.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText } from '../kit/numbers.ts'
import type { ChangesModel } from './changes-model.ts'
import { confirmStep } from './confirm-step.ts'
import { messageOf } from './message-of.ts'
import { approvalReport, declineReport, timeLeft } from './rules/review-words.ts'
import { finishedWrite, WriteProgress } from './write-progress.ts'

const STATE_TEXTS: Readonly<Record<ReviewFacts['state'], string>> = {
  pending: 'Nothing is written until you approve.',
  approved: 'Approved. The write is in progress.',
  done: 'Approved and written.',
  declined: 'Declined. Nothing was written.',
  expired: 'Expired. Nothing was written; ask for a new preview.',
}

export class ReviewBar {
  readonly element: HTMLElement
  readonly #model: ChangesModel
  readonly #review: ReviewFacts
  readonly #message = h('p', { className: 'review-message', role: 'status' })
  readonly #expiry = h('p', { className: 'dim expiry' })
  readonly #note = h('input', { type: 'text', maxLength: 500, placeholder: 'optional' })
  readonly #decline: HTMLButtonElement
  readonly #approve: HTMLButtonElement
  readonly #step = h('div', { className: 'step' })
  readonly #again: HTMLButtonElement
  readonly #form: HTMLElement
  #state: ReviewFacts['state']
  #isSending = false

  constructor(model: ChangesModel, review: ReviewFacts, reload: () => void) {
    this.#model = model
    this.#review = review
    this.#state = review.state
    this.#again = h(
      'button',
      { type: 'button', className: 'again', hidden: true, onclick: reload },
      'Load the changes again',
    )
    this.#decline = h(
      'button',
      { type: 'button', onclick: () => void this.#onDecline() },
      'Decline',
    )
    this.#approve = h('button', {
      type: 'button',
      className: 'main',
      // The second click of a double click is not a decision.
      onclick: ({ detail }) => detail < 2 && this.#onApprove(),
    })
    this.#form = h(
      'div',
      { className: 'review-form' },
      h('label', { className: 'note-field' }, 'Note', this.#note),
      this.#decline,
      this.#approve,
    )
    this.element = h(
      'section',
      { className: 'review-bar', ariaLabel: 'Review' },
      h('div', { className: 'review-status' }, this.#message, this.#expiry),
      this.#form,
      this.#step,
      this.#again,
    )
    this.#message.textContent = STATE_TEXTS[review.state]
    if (review.result !== undefined) this.#showResult(review.result)
    this.update()
    this.#countDown()
    if (review.state === 'approved') void this.#watch()
  }

  update(): void {
    const { tickedCount, totalCount, host } = this.#model
    const isOpen = this.#state === 'pending' && host.kind !== 'file'
    this.#form.hidden = !isOpen || this.#step.hasChildNodes()
    this.#approve.textContent =
      tickedCount === totalCount
        ? `Approve all ${countText(totalCount)}`
        : `Approve ${countText(tickedCount)} of ${countText(totalCount)}`
    this.#approve.disabled = this.#isSending || tickedCount === 0
    this.#decline.disabled = this.#isSending
    this.element.classList.toggle('pending', isOpen)
    if (this.#state === 'pending' && host.kind === 'file')
      this.#message.textContent =
        'This file only shows the review. Approve it in the program that wrote the file.'
  }

  /** Shows the time that is left, each second until the review is decided. */
  #countDown(): void {
    const isPending = this.#state === 'pending' && this.#model.host.kind !== 'file'
    this.#expiry.hidden = !isPending
    if (!isPending) return
    const left = timeLeft(this.#review.expiresAt, Date.now())
    if (left === undefined && !this.#isSending) {
      this.#setState('expired')
      this.#message.textContent = STATE_TEXTS.expired
      return
    }
    this.#expiry.textContent = left === undefined ? '' : `Expires in ${left}.`
    this.#expiry.title = this.#review.expiresAt
    setTimeout(() => this.#countDown(), 1000)
  }

  #onApprove(): void {
    const step = confirmStep(this.#model, {
      confirm: () => {
        this.#step.replaceChildren()
        void this.#send()
      },
      cancel: () => {
        this.#step.replaceChildren()
        this.update()
        this.#approve.focus()
      },
    })
    if (step === undefined) {
      void this.#send()
      return
    }
    this.#step.replaceChildren(step)
    this.update()
    step.focus()
  }

  async #send(): Promise<void> {
    const { host, ticked, tickedCount, totalCount } = this.#model
    this.#begin('Approved. Waiting for the write …')
    const note = this.#note.value.trim()
    const progress = new WriteProgress()
    this.#step.replaceChildren(progress.element)
    try {
      const sent = host.request('approve', {
        review: this.#review.id,
        digest: this.#review.digest,
        ...(ticked !== undefined && { ticked }),
        ...(note !== '' && { note }),
      })
      const result = await finishedWrite(host, this.#review.id, sent, progress)
      this.#showResult(result)
      host.report(approvalReport(tickedCount, totalCount, result))
    } catch (error) {
      this.#showError(error)
    } finally {
      progress.element.remove()
      this.#end()
    }
  }

  async #onDecline(): Promise<void> {
    const { host, totalCount } = this.#model
    this.#begin('Declining …')
    const note = this.#note.value.trim()
    try {
      const result = await host.request('decline', {
        review: this.#review.id,
        ...(note !== '' && { note }),
      })
      this.#showResult(result)
      if (result.state === 'declined') host.report(declineReport(totalCount))
    } catch (error) {
      this.#showError(error)
    } finally {
      this.#end()
    }
  }

  /** Follows a write that was approved elsewhere. */
  async #watch(): Promise<void> {
    const { host } = this.#model
    if (host.kind !== 'server') return
    const progress = new WriteProgress()
    this.#step.replaceChildren(progress.element)
    const approved = { state: 'approved', message: STATE_TEXTS.approved } as const
    try {
      this.#showResult(
        await finishedWrite(host, this.#review.id, Promise.resolve(approved), progress),
      )
    } catch (error) {
      this.#showError(error)
    } finally {
      progress.element.remove()
    }
  }

  #begin(message: string): void {
    this.#isSending = true
    this.#model.isLocked = true
    this.#message.className = 'review-message'
    this.#message.textContent = message
    this.#model.emit('ticks')
  }

  #end(): void {
    this.#isSending = false
    this.#model.isLocked = this.#state !== 'pending'
    this.#model.emit('ticks')
  }

  #showResult(result: WriteResult): void {
    this.#setState(result.state)
    const isFine = ['done', 'declined', 'approved'].includes(result.state) && !result.isOutdated
    this.#message.className = `review-message ${isFine ? result.state : 'failed'}`
    this.#message.replaceChildren(visibleText(result.message))
    if (!result.isOutdated) return
    this.#setState('expired')
    this.#again.hidden = false
  }

  #showError(error: unknown): void {
    this.#message.className = 'review-message failed'
    this.#message.textContent = visibleText(messageOf(error))
    // In assistants, one opening of the review is good for one try.
    this.#again.hidden = false
  }

  #setState(state: ReviewFacts['state']): void {
    this.#state = state
    if (state !== 'pending') {
      this.#model.isLocked = true
      this.#expiry.hidden = true
    }
    this.#model.emit('ticks')
  }
}
