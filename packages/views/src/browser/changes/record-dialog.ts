import type { ChangeRow } from '../../protocol/changes.ts'
import { visibleText } from '../kit/cell-text.ts'
import { openDialog } from '../kit/dialog.ts'
import { h } from '../kit/element.ts'
import type { ChangeSet } from './changes-model.ts'
import { recordName, sidesOf } from './record-item.ts'

/** Shows a record with all its columns, and long texts whole. */
export function openRecord(set: ChangeSet, row: ChangeRow): void {
  const [before, after] = set.table.sides ?? ['before', 'after']
  const table = h(
    'table',
    { className: 'whole-record' },
    h(
      'thead',
      {},
      h('tr', {}, ...['column', before, after].map((title) => h('th', { scope: 'col' }, title))),
    ),
    h('tbody', {}, ...set.table.columns.map((_, column) => columnRow(set, row, column))),
  )
  const about = [row.kind, row.id, row.state].filter((text) => text !== undefined)
  openDialog(
    recordName(set, row),
    h(
      'div',
      { className: 'changes' },
      h('p', { className: 'dim' }, visibleText(about.join(' · '))),
      h('div', { className: 'scrolls' }, table),
    ),
    { isWide: true },
  )
}

function columnRow(set: ChangeSet, row: ChangeRow, column: number): Node {
  const sides = sidesOf(row, column, true)
  const isChanged = row.kind !== 'updated' || row.changed?.includes(column)
  return h(
    'tr',
    { className: isChanged ? 'changed' : 'unchanged' },
    h('th', { scope: 'row' }, visibleText(set.table.columns[column]?.name ?? '')),
    h('td', {}, sides.before ?? ''),
    h('td', {}, sides.after ?? ''),
  )
}
