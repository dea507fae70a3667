/** The page of the journal: change sets by day; opening one shows its changes, to read and to undo. */
import './journal.css'
import { mountChanges } from '../changes/mount-changes.ts'
import type { Host } from '../host/host.ts'
import { h } from '../kit/element.ts'
import { JournalList } from './journal-list.ts'
import { noticingWrites } from './noticing-writes.ts'

export interface JournalViewParams {
  /** Such as `stores@draft` (default: all tables). */
  readonly table?: string
}

export function mountJournal(root: HTMLElement, host: Host, params: JournalViewParams = {}): void {
  const opened = h('section', { class: 'journal-opened', 'aria-label': 'Change set' })
  opened.hidden = true
  const open = (changeSet: string) => {
    const scroll = window.scrollY
    const back = h('button', { type: 'button', class: 'journal-back' }, '← Back to the journal')
    const changes = h('div')
    opened.replaceChildren(back, changes)
    list.node.hidden = true
    opened.hidden = false
    window.scrollTo(0, 0)
    back.focus()
    const watched = noticingWrites(host)
    mountChanges(changes, watched.host, { changeSet })
    back.addEventListener('click', () => {
      opened.hidden = true
      opened.replaceChildren()
      list.node.hidden = false
      void returnTo(list, changeSet, watched.hasWritten(), scroll)
    })
  }
  const list = new JournalList(host, params.table, open)
  root.replaceChildren(h('div', { class: 'journal' }, list.node, opened))
}

async function returnTo(
  list: JournalList,
  changeSet: string,
  hasWritten: boolean,
  scroll: number,
): Promise<void> {
  window.scrollTo(0, scroll)
  list.focus(changeSet)
  if (!hasWritten) return
  await list.reload()
  list.focus(changeSet)
}
