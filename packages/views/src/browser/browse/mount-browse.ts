/** The page of `open`: all tables, and for one of them its records, journal and profile. */
import './browse.css'
import type { TableFacts } from '../../protocol/records.ts'
import type { Host } from '../host/host.ts'
import { mountJournal } from '../journal/mount-journal.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { showResult } from '../kit/load.ts'
import { countText } from '../kit/numbers.ts'
import { mountProfile } from '../profile/mount-profile.ts'
import { mountRecords } from '../records/mount-records.ts'
import { fragmentOf, type Route, routeOf, TABS, type Tab } from './route.ts'

const TAB_TITLES: Readonly<Record<Tab, string>> = {
  records: 'Records',
  journal: 'Changes',
  profile: 'Profile',
}

const MOUNTS: Readonly<
  Record<Tab, (root: HTMLElement, host: Host, params: { table: string }) => void>
> = { records: mountRecords, journal: mountJournal, profile: mountProfile }

/** The name that requests take. */
function keyOf({ table, version }: TableFacts): string {
  return `${table}@${version.toLowerCase()}`
}

export function mountBrowse(root: HTMLElement, host: Host): void {
  void showResult(
    root,
    () => host.request('tables', {}),
    ({ tables }) =>
      tables.length === 0
        ? h('p', { class: 'dim' }, 'There is no table to show.')
        : new BrowsePage(host, tables).node,
  )
}

class BrowsePage {
  readonly node: HTMLElement
  readonly #host: Host
  readonly #tables: readonly TableFacts[]
  readonly #links = new Map<string, HTMLAnchorElement>()
  readonly #tabs = new Map<Tab, HTMLAnchorElement>()
  readonly #select = h('select', { class: 'table-select', 'aria-label': 'Table' })
  readonly #view = h('div', { class: 'browse-view' })
  #shown: Route | undefined

  constructor(host: Host, tables: readonly TableFacts[]) {
    this.#host = host
    this.#tables = tables
    const list = h('nav', { class: 'table-list', 'aria-label': 'Tables' })
    for (const facts of tables) list.append(this.#tableLink(facts))
    const tabs = h('nav', { class: 'tabs', 'aria-label': 'Views' })
    for (const tab of TABS) {
      const link = h('a', {}, TAB_TITLES[tab])
      this.#tabs.set(tab, link)
      tabs.append(link)
    }
    this.#select.addEventListener('change', () => {
      location.hash = fragmentOf({ table: this.#select.value, tab: this.#shown?.tab ?? 'records' })
    })
    this.node = h(
      'div',
      { class: 'browse' },
      list,
      h(
        'div',
        { class: 'browse-main' },
        h('div', { class: 'browse-bar' }, this.#select, tabs),
        this.#view,
      ),
    )
    addEventListener('hashchange', () => this.#show())
    this.#show()
  }

  #tableLink(facts: TableFacts): HTMLAnchorElement {
    const key = keyOf(facts)
    const name = visibleText(facts.table)
    const link = h(
      'a',
      { title: name },
      h('span', { class: 'table-name' }, name),
      facts.version === 'LIVE' ? h('span', { class: 'badge live' }, 'LIVE') : undefined,
      h(
        'span',
        { class: 'count', 'aria-label': `${countText(facts.total)} records` },
        countText(facts.total),
      ),
    )
    this.#links.set(key, link)
    this.#select.append(h('option', { value: key }, `${name} (${facts.version})`))
    return link
  }

  #show(): void {
    const keys = this.#tables.map(keyOf)
    const first = keys.find((key) => key === this.#host.subject.table) ?? keys[0] ?? ''
    const route = routeOf(location.hash, keys) ?? { table: first, tab: 'records' }
    const { table, tab } = route
    if (this.#shown?.table === table && this.#shown.tab === tab) return
    this.#shown = route
    for (const [key, link] of this.#links) {
      link.href = fragmentOf({ table: key, tab })
      setCurrent(link, key === table)
    }
    for (const [name, link] of this.#tabs) {
      link.href = fragmentOf({ table, tab: name })
      setCurrent(link, name === tab)
    }
    this.#select.value = table
    const facts = this.#tables.find((each) => keyOf(each) === table)
    const title = `${visibleText(facts?.table ?? table)} (${facts?.version})`
    document.title = `${title} – ${TAB_TITLES[tab]}`
    // Late replies to the view before are drawn in an element that is no longer shown.
    const view = h('div')
    this.#view.replaceChildren(view)
    MOUNTS[tab](view, this.#host, { table })
  }
}

function setCurrent(link: HTMLElement, isCurrent: boolean): void {
  if (isCurrent) link.setAttribute('aria-current', 'page')
  else link.removeAttribute('aria-current')
}
