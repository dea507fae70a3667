/** The built pages, as programs serve or write them. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { EmbeddedData } from './protocol/requests.ts'

export const PAGE_NAMES = ['records', 'changes', 'journal', 'profile', 'browse'] as const
export type PageName = (typeof PAGE_NAMES)[number]

const loaded = new Map<PageName, Promise<string>>()

/** The HTML of a page without data: it asks the host that it finds itself in. */
export function pageHtml(name: PageName): Promise<string> {
  const html = loaded.get(name) ?? readFile(new URL(`./html/${name}.html`, import.meta.url), 'utf8')
  loaded.set(name, html)
  return html
}

/** A short digest of a page's content, for addresses that hosts cache by. */
export async function pageDigest(name: PageName): Promise<string> {
  return createHash('sha256')
    .update(await pageHtml(name))
    .digest('hex')
    .slice(0, 12)
}

/** Where data goes in the built pages. */
const PLACE = '<script type="application/json" id="data"></script>'

/** A page with its data inside: a file that shows it without any request. */
export async function pageWithData(name: PageName, data: EmbeddedData): Promise<string> {
  const html = await pageHtml(name)
  return html.replace(PLACE, () => PLACE.replace('><', () => `>${scriptJson(data)}<`))
}

/** JSON that cannot end its script element, whatever texts it contains. */
function scriptJson(data: unknown): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
