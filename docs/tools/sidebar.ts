import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { addressOf, pagesOf } from './pages.ts'
import { DOCS } from './workspace.ts'

type Item = DefaultTheme.SidebarItem

/** The sidebar of each part of the site, made from the folders of pages. */
export function sidebars(): Record<string, Item[]> {
  const commands = group('Command line', itemsOf('reference/cli'))
  const reference = group('Reference', [
    { text: 'Command line', link: '/reference/cli/' },
    { text: 'Client API', link: '/reference/api/' },
    ...itemsOf('reference'),
  ])
  return {
    '/': groups(
      group('Start', itemsOf('start')),
      group('Guides', itemsOf('guides')),
      group('Recipes', itemsOf('recipes')),
    ),
    '/reference/': groups(reference, group('Packages', itemsOf('packages'))),
    '/packages/': groups(reference, group('Packages', itemsOf('packages'))),
    '/reference/cli/': groups(commands, reference),
    '/reference/api/': groups(...apiGroups(), reference),
    '/how-it-works/': groups(group('How it works', itemsOf('how-it-works')), decisions()),
    '/decisions/': groups(group('How it works', itemsOf('how-it-works')), decisions()),
  }
}

function decisions(): Item {
  return group('Decisions', itemsOf('decisions'))
}

/** Groups do not fold: the theme would nest a button in a button. */
function group(text: string, items: Item[]): Item {
  return { text, items }
}

function groups(...all: Item[]): Item[] {
  return all.filter(({ items }) => items !== undefined && items.length > 0)
}

function itemsOf(folder: string): Item[] {
  return pagesOf(folder).map((page) => ({ text: page.title, link: addressOf(page) }))
}

/** The groups that typedoc writes. */
function apiGroups(): Item[] {
  const file = join(DOCS, 'reference/api/typedoc-sidebar.json')
  if (!existsSync(file)) return []
  const found: Item[] = JSON.parse(readFileSync(file, 'utf8'))
  return found.map(({ text, items = [] }) => ({ text, items }))
}
