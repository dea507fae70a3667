/** Links between the Markdown files of the repository, as GitHub shows them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import { expect, test } from 'vitest'
import { ROOT } from '../tools/workspace.ts'

const files = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)))

test('every link leads to a file and a heading that exist', () => {
  const links = files.flatMap((file) => linksOf(file).map((link) => ({ file, link })))
  expect(links.length).toBeGreaterThan(200)
  expect(links.filter(({ file, link }) => isDead(file, link))).toEqual([])
})

function linksOf(file: string): string[] {
  return (
    [...proseOf(file).matchAll(/\]\((?<link>[^)\s]+)\)/g)]
      .map(({ groups }) => groups?.link ?? '')
      // Pages that are made at build have addresses of the site; the test of the site checks them.
      .filter((link) => !/^(?:[a-z]+:|\/)/.test(link))
  )
}

function isDead(file: string, link: string): boolean {
  const [path = '', hash] = link.split('#')
  const target = path === '' ? file : posix.join(posix.dirname(file), path)
  // Made at build.
  if (target === 'docs/reference/pages.md') return false
  if (!existsSync(join(ROOT, target))) return true
  return hash !== undefined && target.endsWith('.md') && !anchorsOf(target).has(hash)
}

function anchorsOf(file: string): Set<string> {
  const slugger = new GithubSlugger()
  const headings = [...proseOf(file).matchAll(/^#{1,6} (?<text>.+)$/gm)]
  return new Set(headings.map(({ groups }) => slugger.slug(plain(groups?.text ?? ''))))
}

/** Without fenced blocks. */
function proseOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replace(/^ *```.*?^ *```$/gms, '')
}

function plain(heading: string): string {
  return heading.replace(/\[(?<text>[^\]]*)\]\([^)]*\)/g, '$<text>').replace(/`|\*\*/g, '')
}
