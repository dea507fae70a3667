/** The progress of an approved write. */
import type { ProgressPage, WriteResult } from '../../protocol/changes.ts'
import type { Host } from '../host/host.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText } from '../kit/numbers.ts'

/** Before progress is asked for again after a failed request. */
const RETRY_MS = 1000
/** Failed requests in a row after which the program counts as ended. */
const MAX_FAILURES = 5

export class WriteProgress {
  readonly element: HTMLElement
  readonly #bar = h('div', { className: 'bar' })
  readonly #track: HTMLElement
  readonly #text = h('span', { className: 'dim' })

  constructor() {
    this.#track = h(
      'div',
      { className: 'track unknown', role: 'progressbar', ariaLabel: 'Progress of the write' },
      this.#bar,
    )
    this.#track.ariaValueMin = '0'
    this.element = h('div', { className: 'progress' }, this.#track, this.#text)
  }

  show({ done, total, message }: ProgressPage): void {
    const isKnown = total !== undefined && total > 0
    this.#track.classList.toggle('unknown', !isKnown)
    this.#track.ariaValueMax = isKnown ? String(total) : null
    this.#track.ariaValueNow = isKnown ? String(done) : null
    this.#bar.style.width = isKnown ? `${Math.min(100, (100 * done) / total)}%` : ''
    const count = isKnown ? `${countText(done)} of ${countText(total)}` : countText(done)
    this.#text.textContent = `${count} · ${visibleText(message)}`
  }
}

/**
 * The result of an approval that was sent. A program of this machine may answer before it has written;
 * then it is asked for its progress. Assistants' hosts are never asked: they answer once it is written.
 *
 * @throws what the approval throws, or an error if the program no longer answers
 */
export async function finishedWrite(
  host: Host,
  review: string,
  sent: Promise<WriteResult>,
  progress: WriteProgress,
): Promise<WriteResult> {
  const answer = await sent
  if (host.kind !== 'server' || answer.state !== 'approved') return answer
  let done = 0
  let failures = 0
  for (;;) {
    try {
      const page = await host.request('progress', { review, done })
      failures = 0
      progress.show(page)
      if (page.result !== undefined) return page.result
      // An answer without news must not be asked for again at once.
      if (page.done === done) await pause(RETRY_MS / 4)
      done = page.done
    } catch (error) {
      failures += 1
      if (failures >= MAX_FAILURES) throw error
      await pause(RETRY_MS)
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
