/** Groups with their numbers: bars of one measure, next to a table of all. */
import './groups.css'
import type { Cell } from '../../protocol/cells.ts'
import type { GroupsFacts } from '../../protocol/profile.ts'
import type { GroupsParams } from '../../protocol/records.ts'
import type { Host } from '../host/host.ts'
import { bars } from '../kit/bars.ts'
import { cellNode, cellText, rawText, visibleText } from '../kit/cell-text.ts'
import { copyText } from '../kit/copy.ts'
import { h } from '../kit/element.ts'
import { showResult } from '../kit/load.ts'
import { plural } from '../kit/numbers.ts'
import { factList } from './facts.ts'
import {
  barValue,
  drawnMeasures,
  GROUP_ORDERS,
  type Group,
  type GroupOrder,
  groupsCsv,
  orderGroups,
} from './group-bars.ts'
import { groupsTable } from './groups-table.ts'

export function mountGroups(root: HTMLElement, host: Host, params: GroupsParams = {}): void {
  const box = h('div', { class: 'groups' })
  root.replaceChildren(box)
  void showResult(box, () => host.request('groups', params), groupsNode)
}

const ORDER_TITLES: Record<GroupOrder, string> = {
  given: 'as queried',
  value: 'by value',
  label: 'by label',
}

function groupsNode(facts: GroupsFacts): HTMLElement {
  const measures = drawnMeasures(facts)
  let order: GroupOrder = 'given'
  let measure = measures[0]
  const content = h('div', { class: 'groups-content' })
  const sorted = () => orderGroups(facts.groups, order, measure ?? 0, cellText)
  const update = () => {
    const groups = sorted()
    const drawn = measure === undefined ? undefined : groupBars(facts, groups, measure)
    content.replaceChildren(...(drawn ? [drawn] : []), groupsTable(facts, groups))
  }
  update()
  const tools = h(
    'div',
    { class: 'groups-tools' },
    measures.length < 2
      ? undefined
      : choice(
          'Bars',
          measures.map((index) => [String(index), visibleText(facts.measures[index] ?? '')]),
          (value) => {
            measure = Number(value)
            update()
          },
        ),
    choice(
      'Order',
      GROUP_ORDERS.map((name) => [name, ORDER_TITLES[name]]),
      (value) => {
        order = GROUP_ORDERS.find((name) => name === value) ?? 'given'
        update()
      },
    ),
    copyButton(() => groupsCsv(facts, sorted(), rawText)),
  )
  return h(
    'div',
    {},
    h(
      'header',
      {},
      h('h1', {}, visibleText(facts.title)),
      h('p', { class: 'dim' }, plural(facts.groups.length, 'group')),
      facts.facts.length > 0 ? factList(facts.facts) : undefined,
    ),
    facts.groups.length === 0 ? h('p', {}, 'No record matches, so there are no groups.') : tools,
    facts.groups.length > 0 ? content : undefined,
  )
}

function groupBars(facts: GroupsFacts, groups: readonly Group[], measure: number): HTMLElement {
  const title = `${visibleText(facts.measures[measure] ?? '')} by ${facts.columns.map(visibleText).join(' · ')}`
  return h(
    'section',
    { 'aria-label': 'Bars' },
    h('h2', {}, title),
    bars({
      title,
      bars: groups.map(({ labels, values }) => ({
        label: labelNode(labels),
        value: barValue(values[measure]),
        text: cellText(values[measure] ?? null),
      })),
    }),
  )
}

/** As `groupLabel`, with escapes and missing values marked. */
function labelNode(labels: readonly Cell[]): Node {
  const node = document.createDocumentFragment()
  for (const [index, label] of labels.entries()) {
    if (index > 0) node.append(h('span', { class: 'dim' }, ' · '))
    node.append(label === '' ? '""' : cellNode(label))
  }
  return node
}

function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  choose: (value: string) => void,
): HTMLElement {
  const select = h('select', {}, ...options.map(([value, text]) => h('option', { value }, text)))
  select.addEventListener('change', () => choose(select.value))
  return h('label', {}, `${label} `, select)
}

function copyButton(text: () => string): HTMLElement {
  const button = h('button', { type: 'button' }, 'Copy as CSV')
  const status = h('span', { role: 'status', class: 'dim' })
  button.addEventListener('click', async () => {
    status.textContent = (await copyText(text())) ? 'Copied' : ''
  })
  return h('span', { class: 'groups-copy' }, button, ' ', status)
}
