/** The pages of the site, each with its title and what it is for. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DOCS } from './workspace.ts'

export interface Page {
  /** Relative to `docs`, such as `guides/journal.md`. */
  readonly path: string
  readonly title: string
  /** The first sentence after the title. */
  readonly purpose: string
}

/**
 * The order of pages in each folder, from the everyday to the rare. Pages that are not listed follow in
 * the order of their names.
 */
const ORDER: Record<string, readonly string[]> = {
  start: ['developer', 'terminal', 'assistant'],
  guides: [
    'using-core',
    'terminal',
    'import-and-export',
    'databases-and-apis',
    'sql',
    'journal',
    'pages',
    'mcp',
    'mcp-http',
    'shared-state',
    'workers',
    'kubernetes',
    'testing-and-mocking',
    'networks',
    'observability',
    'runtimes-and-bundlers',
    'doctor-report',
  ],
  recipes: [
    'publish-to-live',
    'nightly-sync',
    'table-in-a-database',
    'lead-webhook',
    'report',
    'next-route',
    'tests',
  ],
  'reference/cli': ['README', 'topics', 'records', 'import', 'export'],
  reference: [
    'errors',
    'mcp-tools',
    'mcp-clients',
    'dialect',
    'http-api',
    'database-types',
    'backup-format',
    'mcp-tasks',
    'pages',
  ],
  packages: [
    'core',
    'cli',
    'mcp',
    'emulator',
    'files',
    'sources',
    'transfer',
    'journal',
    'mirror',
    'state',
  ],
  'how-it-works': [
    'promises',
    'retry-policy',
    'pace',
    'shared-state',
    'mcp-safety',
    'terminal-safety',
    'pages-safety',
  ],
  decisions: ['README'],
}

/** The pages of a folder in their order, without those of folders in it. */
export function pagesOf(folder: string): Page[] {
  if (!existsSync(join(DOCS, folder))) return []
  const order = ORDER[folder] ?? []
  const rank = (path: string) => {
    const at = order.indexOf(basename(path, '.md'))
    return at === -1 ? order.length : at
  }
  return globSync('*.md', { cwd: join(DOCS, folder) })
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((name) => readPage(`${folder}/${name}`))
}

/**
 * @param path relative to `docs`
 * @throws Error if the page does not begin with a title and a sentence
 */
export function readPage(path: string): Page {
  const text = readFileSync(join(DOCS, path), 'utf8').replace(/^---\n.*?\n---\n/s, '')
  const [heading = '', paragraph = ''] = text.trim().split(/\n\n+/)
  const title = /^# (?<title>.+)$/.exec(heading)?.groups?.title
  const purpose = /^[^#|<`].*?(?:\.(?=\s|$)|:$)/.exec(plain(paragraph))?.[0].replace(/:$/, '.')
  if (title === undefined || purpose === undefined) {
    throw new Error(
      `docs/${path} must begin with "# Title" and a sentence that says what it is for`,
    )
  }
  return { path, title: plain(title), purpose }
}

/** The address of a page on the site. */
export function addressOf({ path }: Page): string {
  const name = basename(path, '.md')
  return name === 'index' || name === 'README' ? `/${dirname(path)}/` : `/${path.slice(0, -3)}`
}

function plain(markdown: string): string {
  return markdown
    .replace(/\s+/g, ' ')
    .replace(/\[(?<text>[^\]]*)\]\([^)]*\)/g, '$<text>')
    .replace(/`|\*\*|(?<!\w)_|_(?!\w)/g, '')
    .trim()
}
