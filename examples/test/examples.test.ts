/** Runs every example as a user would. Its assertions are its test. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const FOLDER = new URL('../', import.meta.url)
const names = (await readdir(FOLDER)).filter((name) => /(?<!\.config)\.ts$/.test(name)).sort()
const sources = await Promise.all(names.map((name) => readFile(new URL(name, FOLDER), 'utf8')))

describe('each example runs by itself', () => {
  test.each(names)('%s', async (name) => {
    const file = fileURLToPath(new URL(name, FOLDER))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file])
    expect(stdout).not.toBe('')
    expect(stderr).toBe('')
  })

  test('and is listed in the README', async () => {
    const readme = await readFile(new URL('README.md', FOLDER), 'utf8')
    const listed = [...readme.matchAll(/^\| \[`?(?<name>[^\]`]+)`?\]/gm)]
    expect(listed.map((match) => match.groups?.name).sort()).toEqual(names)
  })
})

test('each recipe is in the README, and its page includes it', async () => {
  const recipes = await readdir(new URL('recipes/', FOLDER))
  const readme = await readFile(new URL('README.md', FOLDER), 'utf8')
  const linked = [...readme.matchAll(/\]\(recipes\/(?<name>[^)]+)\)/g)]
  expect(linked.map((match) => match.groups?.name).sort()).toEqual(recipes.sort())

  const folder = new URL('../docs/recipes/', FOLDER)
  const pages = await Promise.all(
    (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')),
  )
  const included = pages.flatMap((page) => [
    ...page.matchAll(/^<<< @\/\.\.\/examples\/recipes\/(?<name>\S+)$/gm),
  ])
  expect(included.map((match) => match.groups?.name).sort()).toEqual(recipes.sort())
})

describe('the TypeScript of the documents is part of an example', () => {
  test.each([
    '../packages/core/README.md',
    '../packages/files/README.md',
    '../packages/transfer/README.md',
    '../docs/guides/using-core.md',
    '../docs/guides/testing-and-mocking.md',
    '../docs/guides/observability.md',
  ])('%s', async (path) => {
    const text = await readFile(new URL(path, FOLDER), 'utf8')
    const blocks = [...text.matchAll(/^```ts\n(?<code>.*?)^```$/gms)]
    expect(blocks.length).toBeGreaterThan(0)
    const foreign = blocks
      .map((match) => unindented(match.groups?.code ?? ''))
      .filter((code) => !sources.some((source) => holds(unindented(source), code)))
    expect(foreign).toEqual([])
  })
})

/** The assertions of an example may be omitted between paragraphs. */
function holds(source: string, code: string): boolean {
  return code.split('\n\n').every((paragraph) => source.includes(paragraph))
}

/** An excerpt may be indented more in the program than in the document. */
function unindented(code: string): string {
  return code.replace(/^ +/gm, '')
}
