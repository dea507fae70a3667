/**
 * Writes the pages that are made at build and are not in the repository: the API of core, the READMEs of
 * packages, and the list of pages.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, ArgumentsReader, TSConfigReader, TypeDocReader } from 'typedoc'
import { addressOf, type Page, pagesOf } from './pages.ts'
import { README_PAGES } from './readme-pages.ts'
import { DOCS, ROOT } from './workspace.ts'

const SECTIONS = [
  ['Start', 'start'],
  ['Guides', 'guides'],
  ['Recipes', 'recipes'],
  ['Reference', 'reference'],
  ['Reference of the command line', 'reference/cli'],
  ['Packages', 'packages'],
  ['How it works', 'how-it-works'],
  ['Decisions', 'decisions'],
] as const

/** @throws Error if the API of core cannot be read, or a part of it is not documented */
export async function generate(): Promise<void> {
  copyReadmes()
  copyFiles()
  writeList()
  await writeApi()
}

function copyReadmes(): void {
  rmSync(join(DOCS, 'packages'), { recursive: true, force: true })
  mkdirSync(join(DOCS, 'packages'))
  for (const [source, page] of README_PAGES) copyFileSync(join(ROOT, source), join(DOCS, page))
}

/** Files that pages link to. */
function copyFiles(): void {
  mkdirSync(join(DOCS, 'public/reference'), { recursive: true })
  for (const name of ['openapi.json', 'chatlayer.schema.json']) {
    copyFileSync(join(DOCS, 'reference', name), join(DOCS, 'public/reference', name))
  }
}

function writeList(): void {
  const file = join(DOCS, 'reference/pages.md')
  const head = '# All pages\n\nEvery page of this site, with what it is for.\n'
  // The list contains itself.
  writeFileSync(file, head)
  const sections = SECTIONS.map(([title, folder]) => ({ title, pages: pagesOf(folder) }))
  const lists = sections
    .filter(({ pages }) => pages.length > 0)
    .map(({ title, pages }) => `\n## ${title}\n\n${pages.map(entry).join('\n')}\n`)
  writeFileSync(file, head + lists.join(''))
}

function entry(page: Page): string {
  return `- [${escapeMarkdown(page.title)}](${addressOf(page)}): ${escapeMarkdown(page.purpose)}`
}

function escapeMarkdown(text: string): string {
  return text.replace(/[<>[\]*_`|{}]/g, (character) => `&#${character.charCodeAt(0)};`)
}

async function writeApi(): Promise<void> {
  const app = await Application.bootstrapWithPlugins({ options: join(DOCS, 'typedoc.json') }, [
    new ArgumentsReader(0, []),
    new TypeDocReader(),
    new TSConfigReader(),
  ])
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc cannot read the API of core')
  app.validate(project)
  await app.generateOutputs(project)
  const problems = app.logger.errorCount + app.logger.warningCount
  if (problems > 0) throw new Error(`typedoc found ${problems} problems, listed above`)
}
