/** The built site: its pages and the links between them. */
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { pagesOf } from '../tools/pages.ts'
import { DOCS } from '../tools/workspace.ts'

const SITE = join(DOCS, '.vitepress/dist')
const files = globSync('**/*.html', { cwd: SITE })
const others = new Set(globSync('**/*.{json,svg,png}', { cwd: SITE }))
const html = new Map(files.map((file) => [file, readFileSync(join(SITE, file), 'utf8')]))
const anchors = new Map([...html].map(([file, text]) => [file, new Set(idsOf(text))]))

test('the site has its pages', () => {
  expect(files).toContain('index.html')
  for (const { path } of pagesOf('start')) expect(files).toContain(path.replace(/md$/, 'html'))
})

test('every link leads to a page and a heading that exist', () => {
  const pages = [...html].filter(([file]) => file !== '404.html')
  const links = pages.flatMap(([file, text]) => linksOf(text).map((link) => ({ file, link })))
  expect(links.length).toBeGreaterThan(1000)
  expect(links.filter(({ file, link }) => isDead(file, link))).toEqual([])
})

function idsOf(text: string): string[] {
  return [...text.matchAll(/ id="(?<id>[^"]+)"/g)].map(({ groups }) => decode(groups?.id ?? ''))
}

function linksOf(text: string): string[] {
  return [...text.matchAll(/<a [^>]*?href="(?<href>[^"]*)"/g)].map(({ groups }) =>
    decode(groups?.href ?? ''),
  )
}

function isDead(file: string, link: string): boolean {
  if (/^(?:https?|mailto):/.test(link)) return false
  const [path = '', hash] = link.split('#')
  const target = path === '' ? file : fileOf(posix.resolve('/', posix.dirname(file), path), path)
  const ids = anchors.get(target)
  if (ids === undefined) return !others.has(target)
  return hash !== undefined && hash !== '' && !ids.has(decodeURIComponent(hash))
}

function fileOf(resolved: string, path: string): string {
  return `${resolved}${path.endsWith('/') && resolved !== '/' ? '/' : ''}`
    .replace(/\/$/, '/index.html')
    .slice(1)
}

function decode(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}
