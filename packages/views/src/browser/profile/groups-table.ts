/** All labels and measures of groups as a table. */
import type { GroupsFacts } from '../../protocol/profile.ts'
import { cellNode, visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText } from '../kit/numbers.ts'
import { drawnMeasures, type Group } from './group-bars.ts'

const STEP = 100

export function groupsTable(facts: GroupsFacts, groups: readonly Group[]): HTMLElement {
  const { columns, measures } = facts
  const numbers = new Set(drawnMeasures(facts))
  const classOf = (measure: number) => (numbers.has(measure) ? 'number' : '')
  const body = h('tbody')
  const more = h('button', { type: 'button', class: 'groups-more' })
  const showMore = () => {
    const shown = body.childElementCount
    const added = groups.slice(shown, shown + STEP).map((group) => groupRow(group, classOf))
    body.append(...added)
    const rest = groups.length - body.childElementCount
    more.textContent = `Show ${countText(Math.min(STEP, rest))} more of ${countText(rest)}`
    more.hidden = rest === 0
    return added[0]
  }
  more.addEventListener('click', () => {
    const first = showMore()
    first?.setAttribute('tabindex', '-1')
    first?.focus()
  })
  showMore()
  const title = (name: string, className: string) =>
    h('th', { scope: 'col', class: className }, visibleText(name))
  return h(
    'section',
    { class: 'groups-table', 'aria-label': 'Table of groups', tabIndex: 0 },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...columns.map((name) => title(name, '')),
          ...measures.map((name, index) => title(name, classOf(index))),
        ),
      ),
      body,
    ),
    more,
  )
}

function groupRow({ labels, values }: Group, classOf: (measure: number) => string): HTMLElement {
  return h(
    'tr',
    {},
    ...labels.map((label) => h('td', {}, cellNode(label))),
    ...values.map((value, index) => h('td', { class: classOf(index) }, cellNode(value))),
  )
}
