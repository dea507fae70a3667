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

/** Before anything that a policy can be about. */
const START = '<head>'
/** Where data goes in the built pages. */
const PLACE = '<script type="application/json" id="data"></script>'

/** A page with its data inside: a file that shows it, and cannot make any request. */
export async function pageWithData(name: PageName, data: EmbeddedData): Promise<string> {
  const html = await pageHtml(name)
  const policy = pagePolicy(html).join('; ')
  return html
    .replace(
      START,
      `$&<meta http-equiv="content-security-policy" content="${policy}" />` +
        '<meta name="referrer" content="no-referrer" />',
    )
    .replace(PLACE, () => PLACE.replace('><', () => `>${scriptJson(data)}<`))
}

export interface ServedPage {
  readonly html: string
  /** For the header `content-security-policy`. */
  readonly policy: string
}

/** A page without data, for a server on its own origin, which it may send requests to. */
export async function pageForServer(name: PageName): Promise<ServedPage> {
  const html = await pageHtml(name)
  const policy = [...pagePolicy(html), "connect-src 'self'", "frame-ancestors 'none'"].join('; ')
  return { html, policy }
}

/** Allows a page its own scripts and styles, by their hashes, and nothing else. */
function pagePolicy(html: string): string[] {
  return [
    "default-src 'none'",
    `script-src ${hashesOf(html, /<script type="module"[^>]*>([\s\S]*?)<\/script>/g)}`,
    `style-src ${hashesOf(html, /<style\b[^>]*>([\s\S]*?)<\/style>/g)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]
}

function hashesOf(html: string, elements: RegExp): string {
  const hashes = [...html.matchAll(elements)].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  )
  return hashes.length === 0 ? "'none'" : hashes.join(' ')
}

/** JSON that cannot end its script element, whatever texts it contains. */
function scriptJson(data: unknown): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
