import type { ChangesParams } from '../../protocol/changes.ts'
import type { Host } from '../host/host.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import './changes.css'
import './filters.css'
import './records.css'
import './review.css'
import { changesView } from './changes-view.ts'
import { messageOf } from './message-of.ts'

/** Shows changes: of a review, of a change set of the journal, of a call, or those of this page. */
export function mountChanges(root: HTMLElement, host: Host, params: ChangesParams = {}): void {
  void show(root, host, params)
}

async function show(root: HTMLElement, host: Host, params: ChangesParams): Promise<void> {
  const skeleton = h(
    'div',
    { className: 'changes skeleton', ariaBusy: 'true' },
    'Loading changes …',
  )
  root.replaceChildren(skeleton)
  try {
    const facts = await host.request('changes', params)
    // The page may show something else by now.
    if (!skeleton.isConnected) return
    root.replaceChildren(changesView(host, facts, params, (next) => void show(root, host, next)))
  } catch (error) {
    if (skeleton.isConnected) root.replaceChildren(failure(root, host, params, error))
  }
}

function failure(root: HTMLElement, host: Host, params: ChangesParams, error: unknown): Node {
  return h(
    'div',
    { className: 'changes failure' },
    h('p', { className: 'error', role: 'alert' }, visibleText(messageOf(error))),
    h('button', { type: 'button', onclick: () => void show(root, host, params) }, 'Load again'),
  )
}
