/** The elements of a grid: its header, its rows and their cells. */
import { h } from './element.ts'
import type { GridOptions, GridSort } from './grid.ts'
import { type GridColumn, isNumberType } from './grid-columns.ts'

export function headRow<Row>(
  options: GridOptions<Row>,
  columns: readonly GridColumn<Row>[],
  sort: GridSort | undefined,
): HTMLElement {
  const row = h('div', { class: 'grid-row', role: 'row', 'aria-rowindex': '1' })
  if (options.ticks !== undefined) row.append(headTick(options.ticks.all))
  for (const column of columns) row.append(headCell(options, column, sort))
  numberCells(row)
  return row
}

function headTick(all: { isTicked(): boolean; onTick(): void; label: string } | undefined) {
  const box =
    all &&
    h('input', {
      type: 'checkbox',
      tabIndex: -1,
      checked: all.isTicked(),
      'aria-label': all.label,
      onchange: () => all.onTick(),
    })
  const cell = h('div', { class: 'grid-cell tick', role: 'columnheader' }, box)
  if (box === undefined) cell.setAttribute('aria-label', 'Selected')
  return cell
}

function headCell<Row>(
  { onSort }: GridOptions<Row>,
  column: GridColumn<Row>,
  sort: GridSort | undefined,
): HTMLElement {
  const isNumber = isNumberType(column.type)
  const cell = h('div', {
    class: isNumber ? 'grid-cell number' : 'grid-cell',
    role: 'columnheader',
    title: column.type ? `${column.title} (${column.type})` : column.title,
  })
  const title = h('span', {}, column.title)
  if (onSort === undefined || column.canSort === false) {
    cell.append(title)
    return cell
  }
  const current = sort?.column === column.key ? sort : undefined
  if (current) cell.setAttribute('aria-sort', current.descending ? 'descending' : 'ascending')
  const onclick = () => onSort(nextSort(column.key, current))
  cell.append(h('button', { type: 'button', tabIndex: -1, onclick }, title))
  return cell
}

/** Ascending, then descending, then the order without a sort. */
function nextSort(column: string, current: GridSort | undefined): GridSort | undefined {
  if (current === undefined) return { column, descending: false }
  return current.descending ? undefined : { column, descending: true }
}

export function bodyRow<Row>(
  options: GridOptions<Row>,
  columns: readonly GridColumn<Row>[],
  index: number,
): HTMLElement {
  const content = options.rows.row(index)
  const element = h('div', { class: 'grid-row', role: 'row', 'aria-rowindex': String(index + 2) })
  element.dataset.index = String(index)
  if (content === undefined) element.setAttribute('aria-busy', 'true')
  else drawTick(element, options, content, index)
  if (content === undefined && options.ticks) element.append(cellOf('tick'))
  for (const column of columns) {
    const cell = cellOf(isNumberType(column.type) ? 'number' : '')
    if (content !== undefined) {
      cell.append(column.render(content))
      const name = column.className?.(content) ?? ''
      if (name !== '') cell.className += ` ${name}`
    }
    element.append(cell)
  }
  numberCells(element)
  return element
}

function drawTick<Row>(
  element: HTMLElement,
  { ticks, rowClass }: GridOptions<Row>,
  content: Row,
  index: number,
): void {
  const name = rowClass?.(content) ?? ''
  if (name !== '') element.className += ` ${name}`
  if (ticks === undefined) return
  const isTicked = ticks.isTicked(content, index)
  element.setAttribute('aria-selected', String(isTicked))
  element.classList.toggle('ticked', isTicked)
  const cell = cellOf('tick')
  if (ticks.canTick?.(content, index) ?? true) {
    cell.append(
      h('input', {
        type: 'checkbox',
        tabIndex: -1,
        checked: isTicked,
        'aria-label': ticks.label(content, index),
        onchange: () => ticks.onTick(content, index),
      }),
    )
  }
  element.append(cell)
}

function cellOf(name: string): HTMLElement {
  return h('div', {
    class: name === '' ? 'grid-cell' : `grid-cell ${name}`,
    role: 'gridcell',
    tabIndex: -1,
  })
}

function numberCells(row: HTMLElement): void {
  for (const [index, cell] of [...row.children].entries()) {
    cell.setAttribute('aria-colindex', String(index + 1))
  }
}
