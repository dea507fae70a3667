/** The table of all columns of a profile: to sort, to search, and to open a column's details. */
import type { ColumnProfile, ProfileFacts } from '../../protocol/profile.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import '../kit/charts.css'
import { countText, percentText, plural, shareOf } from '../kit/numbers.ts'
import { columnDetails } from './column-details.ts'
import {
  type OverviewKey,
  type OverviewOrder,
  overviewColumns,
  suspiciousCount,
} from './overview-order.ts'

const TITLES: readonly [key: OverviewKey | undefined, title: string, className: string][] = [
  ['name', 'Column', ''],
  [undefined, 'Type', 'wide'],
  ['filled', 'Filled', ''],
  ['distinct', 'Different values', 'number wide'],
  ['suspicious', 'Suspicious', 'number'],
]

interface State {
  order: OverviewOrder
  search: string
  readonly open: Set<ColumnProfile>
}

export function createOverview({ columns }: ProfileFacts): HTMLElement {
  const state: State = { order: { key: 'place', descending: false }, search: '', open: new Set() }
  const body = h('tbody')
  const status = h('p', { class: 'dim', role: 'status' })
  const update = () => {
    const found = overviewColumns(columns, state.search, state.order)
    body.replaceChildren(...found.flatMap((column) => rowsOf(column, state.open)))
    status.textContent =
      found.length === columns.length
        ? ''
        : `${countText(found.length)} of ${plural(columns.length, 'column')}`
  }
  const search = h('input', {
    type: 'search',
    placeholder: 'Find a column',
    'aria-label': 'Find a column',
  })
  search.addEventListener('input', () => {
    state.search = search.value
    update()
  })
  body.addEventListener('keydown', moveFocus)
  update()
  return h(
    'section',
    { class: 'overview', 'aria-label': 'Columns' },
    h('div', { class: 'overview-tools' }, search, status),
    h('table', {}, head(state, update), body),
  )
}

function head(state: State, update: () => void): HTMLElement {
  const cells = TITLES.map(([key, title, className]) => {
    const cell = h('th', { scope: 'col', class: className }, key === undefined ? title : undefined)
    if (key === undefined) return cell
    const button = h('button', { type: 'button', class: 'sort' }, title)
    button.addEventListener('click', () => {
      state.order = nextOrder(state.order, key)
      for (const other of cells) other.removeAttribute('aria-sort')
      if (state.order.key === key) {
        cell.setAttribute('aria-sort', state.order.descending ? 'descending' : 'ascending')
      }
      update()
    })
    cell.append(button)
    return cell
  })
  return h('thead', {}, h('tr', { class: 'overview-head' }, ...cells))
}

/** Names from A, numbers from the greatest; then the other way; then as the table has them. */
function nextOrder(order: OverviewOrder, key: OverviewKey): OverviewOrder {
  const descendingFirst = key !== 'name'
  if (order.key !== key) return { key, descending: descendingFirst }
  if (order.descending === descendingFirst) return { key, descending: !descendingFirst }
  return { key: 'place', descending: false }
}

let created = 0

function rowsOf(column: ColumnProfile, open: Set<ColumnProfile>): HTMLElement[] {
  created += 1
  const details = h('tr', { class: 'details-row', id: `column-${created}` })
  const toggle = h(
    'button',
    { type: 'button', class: 'toggle', 'aria-controls': details.id },
    visibleText(column.name) || '""',
  )
  const row = h(
    'tr',
    { class: 'column-row' },
    h('th', { scope: 'row' }, toggle),
    ...cellsOf(column),
  )
  const update = () => {
    const isOpen = open.has(column)
    toggle.setAttribute('aria-expanded', String(isOpen))
    row.classList.toggle('open', isOpen)
    details.hidden = !isOpen
    if (isOpen && details.firstChild === null) {
      details.append(h('td', { colSpan: TITLES.length }, columnDetails(column)))
    }
  }
  row.addEventListener('click', ({ target }) => {
    // Selecting a text does not open anything.
    if (target !== toggle && document.getSelection()?.isCollapsed === false) return
    if (!open.delete(column)) open.add(column)
    update()
  })
  update()
  return [row, details]
}

function cellsOf(column: ColumnProfile): HTMLElement[] {
  const { type, filled, empty, distinct, isDistinctEstimated } = column
  const suspicious = suspiciousCount(column)
  const share = shareOf(filled, filled + empty)
  const fill = h('span', { class: 'bar-fill' })
  fill.hidden = share === 0
  fill.style.setProperty('width', `${share * 100}%`)
  return [
    h('td', { class: 'dim wide' }, visibleText(type)),
    h(
      'td',
      { class: 'fill' },
      h(
        'div',
        { class: 'fill-grid' },
        h('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill),
        h('span', {}, percentText(share)),
        h('span', { class: 'dim wide' }, countText(filled)),
      ),
    ),
    h(
      'td',
      { class: 'number wide' },
      distinct === undefined
        ? ''
        : `${isDistinctEstimated === true ? 'about ' : ''}${countText(distinct)}`,
    ),
    h('td', { class: suspicious > 0 ? 'number warn' : 'number dim' }, countText(suspicious)),
  ]
}

/** Arrow keys go from column to column. */
function moveFocus(event: KeyboardEvent): void {
  const body = event.currentTarget
  if (!(body instanceof HTMLElement) || !(event.target instanceof HTMLElement)) return
  const toggles = [...body.querySelectorAll<HTMLElement>('.toggle')]
  const at = toggles.indexOf(event.target)
  if (at === -1) return
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: toggles.length - 1,
  }
  const next = toggles[steps[event.key] ?? -1]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
