/** One record of the list: its name, and a line for each column that is shown. */
import type { ChangeKind, ChangeRow } from '../../protocol/changes.ts'
import { rawText, visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { addedNode, changedSides, plainNode, removedNode, valueNode } from './cell-view.ts'
import type { ChangeSet, ChangesModel } from './changes-model.ts'
import { cellAfter, cellBefore, columnsOf } from './rules/row-cells.ts'
import { nameOf } from './rules/telling-column.ts'

/** Longer texts get three lines. */
const LONG = { wide: 70, narrow: 44 }
/** In pixels, as in the style sheet. */
const HEIGHTS = {
  wide: { line: 32, long: 80, padding: 12, least: 64, head: 0 },
  narrow: { line: 80, long: 176, padding: 16, least: 0, head: 52 },
}

export const KIND_SIGNS: Readonly<Record<ChangeKind, string>> = {
  inserted: '+',
  updated: '~',
  deleted: '−',
}

/** The height of a record in the list, in pixels. */
export function itemHeight(model: ChangesModel, set: ChangeSet, row: ChangeRow, narrow: boolean) {
  const { line, long, padding, least, head } = HEIGHTS[narrow ? 'narrow' : 'wide']
  let height = head + padding
  for (const column of shownColumns(model, set, row))
    height += isLong(row, column, narrow) ? long : line
  return Math.max(height, least)
}

export function itemNode(
  model: ChangesModel,
  set: ChangeSet,
  row: ChangeRow,
  narrow: boolean,
): HTMLElement {
  const columns = shownColumns(model, set, row)
  const item = h(
    'article',
    { className: `record ${row.kind}`, ariaLabel: `${recordName(set, row)}, ${row.kind}` },
    tickNode(model, set, row),
    headNode(set, row),
    h(
      'div',
      { className: 'fields', role: 'table', ariaLabel: 'Values before and after' },
      ...columns.map((column) => fieldNode(set, row, column, narrow)),
    ),
  )
  return item
}

/** The text that names a record: of the telling column, else its id. */
export function recordName(set: ChangeSet, row: ChangeRow): string {
  const name = set.telling === undefined ? undefined : nameOf(row, set.telling)
  return visibleText(name ?? row.id ?? 'new record')
}

function shownColumns(model: ChangesModel, set: ChangeSet, row: ChangeRow): number[] {
  return columnsOf(row, set.table.columns.length, {
    column: model.filter.column,
    all: model.showsAllColumns,
  })
}

function isLong(row: ChangeRow, column: number, narrow: boolean): boolean {
  const limit = narrow ? LONG.narrow : LONG.wide
  return [cellBefore(row, column), cellAfter(row, column)].some((cell) => {
    const text = rawText(cell ?? null)
    return text.length > limit || text.includes('\n')
  })
}

function tickNode(model: ChangesModel, set: ChangeSet, row: ChangeRow): Node {
  if (model.tickMode === 'none') return h('span', { className: 'tick' })
  const box = h('input', {
    type: 'checkbox',
    tabIndex: -1,
    checked: set.ticks.has(row.index),
    disabled: !model.canTick(row),
    ariaLabel: `${model.tickMode === 'undo' ? 'Undo' : 'Approve'} ${recordName(set, row)}`,
    onchange: () => model.tick([row], box.checked),
  })
  return h('label', { className: 'tick' }, box)
}

function headNode(set: ChangeSet, row: ChangeRow): Node {
  const name = recordName(set, row)
  const id = row.id === undefined ? 'new record' : visibleText(row.id)
  return h(
    'div',
    { className: 'record-head' },
    h('button', { type: 'button', className: 'name', tabIndex: -1, title: name }, name),
    h(
      'span',
      { className: 'about' },
      h('span', { className: 'kind' }, `${KIND_SIGNS[row.kind]} ${row.kind}`),
      id === name ? undefined : h('span', { className: 'id', title: id }, id),
      row.state === undefined ? undefined : stateNode(visibleText(row.state)),
    ),
  )
}

function stateNode(state: string): Node {
  return h('span', { className: 'state', title: state }, state)
}

function fieldNode(set: ChangeSet, row: ChangeRow, column: number, narrow: boolean): Node {
  const name = visibleText(set.table.columns[column]?.name ?? '')
  const { before, after } = sidesOf(row, column, false)
  return h(
    'div',
    { className: isLong(row, column, narrow) ? 'field long' : 'field', role: 'row' },
    h('span', { className: 'column', role: 'rowheader', title: name }, name),
    h('span', { className: 'value', role: 'cell' }, before ?? ''),
    h('span', { className: 'value', role: 'cell' }, after ?? ''),
  )
}

/** What to show of a cell before and after; nothing on the side that does not exist. */
export function sidesOf(
  row: ChangeRow,
  column: number,
  isWhole: boolean,
): { before: Node | undefined; after: Node | undefined } {
  const before = cellBefore(row, column)
  const after = cellAfter(row, column)
  if (before === undefined)
    return { before: undefined, after: addedNode(valueNode(after ?? null, isWhole)) }
  if (after === undefined)
    return { before: removedNode(valueNode(before, isWhole)), after: undefined }
  if (!row.changed?.includes(column))
    return { before: plainNode(before, isWhole), after: plainNode(after, isWhole) }
  return changedSides(before, after, isWhole)
}
