/** Links of a page to files of the repository, as links of the site. */
import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { addressOf, pagesOf } from './pages.ts'
import { README_PAGES } from './readme-pages.ts'
import { REPOSITORY, ROOT } from './workspace.ts'

type CoreRule = Parameters<MarkdownRenderer['core']['ruler']['push']>[1]
type Token = Parameters<CoreRule>[0]['tokens'][number]

/** A rule of markdown-it that replaces the links of a page. */
export const linkFiles: CoreRule = ({ tokens, env }) => {
  const page: string = env.relativePath ?? ''
  for (const { children } of tokens) if (children !== null) replaceLinks(children, page)
}

function replaceLinks(tokens: Token[], page: string): void {
  for (const [index, token] of tokens.entries()) {
    const href = token.type === 'link_open' ? token.attrGet('href') : null
    if (href === null) continue
    const link = siteLink(page, href)
    if (link !== undefined) token.attrSet('href', link)
    else removeLink(tokens, index)
  }
}

/** Shows the text alone: the file has no page, and the repository no address yet. */
function removeLink(tokens: Token[], index: number): void {
  const end = tokens.findIndex(({ type }, at) => at > index && type === 'link_close')
  for (const at of [index, end]) {
    const token = tokens[at]
    if (token === undefined) continue
    token.type = 'text'
    token.tag = ''
    token.nesting = 0
    token.content = ''
  }
}

/**
 * @param page the path of the page that has the link, relative to `docs`
 * @returns undefined where the site cannot link to the file
 * @throws Error if there is no such file
 */
export function siteLink(page: string, href: string): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/i.test(href)) return href
  const [path = '', hash] = href.split('#')
  const file = posix.join(posix.dirname(sourceOf(page)), path).replace(/\/$/, '')
  const anchor = hash === undefined ? '' : `#${hash}`
  const readme = README_PAGES.get(file) ?? README_PAGES.get(`${file}/README.md`)
  if (readme !== undefined) return `/${readme}${anchor}`
  if (file.startsWith('docs/')) return docsLink(file.slice('docs/'.length), anchor)
  if (!existsSync(join(ROOT, file))) throw new Error(`${page} links to ${href}, which is missing`)
  if (REPOSITORY === undefined) return undefined
  const kind = statSync(join(ROOT, file)).isDirectory() ? 'tree' : 'blob'
  return `${REPOSITORY}/${kind}/main/${file}${anchor}`
}

/** The file that a page is made of, relative to the root. */
function sourceOf(page: string): string {
  for (const [source, readmePage] of README_PAGES) if (readmePage === page) return source
  return `docs/${page}`
}

function docsLink(path: string, anchor: string): string {
  const folder = /^(?<name>decisions|reference\/cli)(?:\/README\.md)?$/.exec(path)?.groups?.name
  if (folder !== undefined) return `/${folder}/${anchor}`
  if (path.endsWith('.md')) return `/${path}${anchor}`
  const [first] = /\.\w+$/.test(path) ? [] : pagesOf(path)
  return first === undefined ? `/${path}` : addressOf(first)
}
