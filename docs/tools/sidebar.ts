import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { addressOf, pagesOf } from './pages.ts'
import { DOCS } from './workspace.ts'

type Item = DefaultTheme.SidebarItem

/** The sidebar, made from the folders of pages. A folder without pages is omitted. */
export function sidebar(): Item[] {
  return [
    group('Start', itemsOf('start')),
    group('Guides', itemsOf('guides')),
    group('Recipes', itemsOf('recipes')),
    group('Reference', [
      { text: 'Command line', items: itemsOf('reference/cli'), collapsed: true },
      { text: 'Client API', items: apiItems(), collapsed: true },
      ...itemsOf('reference'),
      { text: 'Packages', items: itemsOf('packages'), collapsed: true },
    ]),
    group('How it works', [
      ...itemsOf('how-it-works'),
      { text: 'Decisions', items: itemsOf('decisions'), collapsed: true },
    ]),
  ].filter(({ items }) => items !== undefined && items.length > 0)
}

function group(text: string, items: Item[]): Item {
  return { text, items, collapsed: false }
}

function itemsOf(folder: string): Item[] {
  return pagesOf(folder).map((page) => ({ text: page.title, link: addressOf(page) }))
}

/** The list that typedoc writes. */
function apiItems(): Item[] {
  const file = join(DOCS, 'reference/api/typedoc-sidebar.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}
