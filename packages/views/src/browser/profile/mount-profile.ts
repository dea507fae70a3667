/** The page of a table's profile: an overview of all columns, and the details of each. */
import './profile.css'
import type { ProfileFacts, ProfileParams } from '../../protocol/profile.ts'
import type { Host } from '../host/host.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { showResult } from '../kit/load.ts'
import { countText, plural } from '../kit/numbers.ts'
import { sparkline } from '../kit/sparkline.ts'
import { activityOf } from './activity.ts'
import { factList } from './facts.ts'
import { createOverview } from './overview.ts'

export function mountProfile(root: HTMLElement, host: Host, params: ProfileParams = {}): void {
  const box = h('div', { class: 'profile' })
  root.replaceChildren(box)
  const table = params.table ?? host.subject.table
  void showResult(
    box,
    () => host.request('profile', table === undefined ? {} : { table }),
    (facts) => {
      const page = document.createDocumentFragment()
      page.append(header(facts), createOverview(facts))
      return page
    },
  )
}

function header(facts: ProfileFacts): HTMLElement {
  const { table, version, records, columns } = facts
  return h(
    'header',
    { class: 'profile-header' },
    h(
      'div',
      {},
      h(
        'h1',
        {},
        visibleText(table),
        ' ',
        h('span', { class: version === 'LIVE' ? 'badge live' : 'badge' }, version),
      ),
      h(
        'p',
        { class: 'dim' },
        `${plural(records, 'record')}, ${plural(columns.length, 'column')}`,
        ...remarks(facts).map((text) => `, ${text}`),
      ),
      facts.facts.length > 0 ? factList(facts.facts) : undefined,
    ),
    activityNode(facts),
  )
}

function remarks({ columns, records }: ProfileFacts): string[] {
  const suspicious = columns.filter((column) => column.suspicious.length > 0).length
  const empty = records === 0 ? 0 : columns.filter(({ filled }) => filled === 0).length
  return [
    ...(suspicious === 0 ? [] : [`${countText(suspicious)} with suspicious values`]),
    ...(empty === 0 ? [] : [`${countText(empty)} without any value`]),
  ]
}

function activityNode({ activity }: ProfileFacts): HTMLElement | undefined {
  const { points, total, isWeekly } = activityOf(activity)
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const each = isWeekly ? 'week' : 'day'
  const most = points.reduce((a, b) => (b.changes > a.changes ? b : a))
  return h(
    'section',
    { class: 'profile-activity', 'aria-label': 'Changes over time' },
    h('p', {}, h('strong', {}, plural(total, 'change')), ` in ${plural(points.length, each)}`),
    sparkline({
      title: `Changes a ${each}`,
      description: `${plural(total, 'change')} from ${first.day} to ${last.day}; the most, ${countText(most.changes)}, ${isWeekly ? 'in the week from' : 'on'} ${most.day}.`,
      titles: [isWeekly ? 'Week from' : 'Day', 'Changes'],
      points: points.map(({ day, changes }) => ({ label: day, count: changes })),
    }),
  )
}
