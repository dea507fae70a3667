/** One change set in the list of the journal. */
import type { JournalEntry } from '../../protocol/journal.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { timeText } from './days.ts'
import { countParts, entryTitle, undoneText } from './entry-text.ts'

export function entryNode(entry: JournalEntry, open: (changeSet: string) => void): HTMLElement {
  const { changeSet, at, table, version, who, note } = entry
  const button = h(
    'button',
    { type: 'button', class: 'entry-open', 'data-change-set': changeSet },
    visibleText(table),
    ' ',
    h('span', { class: version === 'LIVE' ? 'badge live' : 'badge' }, version),
    // The counts are next to it; a screen reader hears them with the button.
    h('span', { class: 'unseen' }, `, ${entryTitle(entry)}, at ${timeText(at)}`),
  )
  const item = h(
    'li',
    { class: 'entry' },
    h('time', { dateTime: at, title: visibleText(at) }, timeText(at)),
    h(
      'div',
      { class: 'entry-body' },
      h('p', { class: 'entry-line' }, button, ...countNodes(entry), ...badges(entry)),
      note ? h('p', { class: 'entry-note' }, visibleText(note)) : undefined,
      h(
        'p',
        { class: 'dim entry-who' },
        visibleText(who),
        ' · ',
        h('span', { class: 'entry-id' }, visibleText(changeSet)),
        ...links(entry, open),
      ),
    ),
  )
  item.addEventListener('click', ({ target }) => {
    const isButton = target instanceof Element && target.closest('button') !== null
    if (isButton ? button.contains(target) : document.getSelection()?.isCollapsed !== false) {
      open(changeSet)
    }
  })
  return item
}

function countNodes(entry: JournalEntry): HTMLElement[] {
  const parts = countParts(entry).map(({ kind, text }) =>
    h('span', { class: `count count-${kind}`, 'aria-hidden': 'true' }, text),
  )
  return parts.length > 0
    ? parts
    : [h('span', { class: 'dim', 'aria-hidden': 'true' }, 'nothing written')]
}

function badges(entry: JournalEntry): HTMLElement[] {
  const texts = [undoneText(entry), entry.status === 'settled' ? undefined : entry.status]
  return texts
    .filter((text) => text !== undefined)
    .map((text) => h('span', { class: 'badge' }, visibleText(text)))
}

function links(
  { undoes, job }: JournalEntry,
  open: (changeSet: string) => void,
): (Node | string)[] {
  const nodes: (Node | string)[] = []
  if (undoes !== undefined) {
    const link = h('button', { type: 'button', class: 'link' }, visibleText(undoes))
    link.addEventListener('click', () => open(undoes))
    nodes.push(' · undoes ', link)
  }
  if (job !== undefined) nodes.push(` · job ${visibleText(job)}`)
  return nodes
}
