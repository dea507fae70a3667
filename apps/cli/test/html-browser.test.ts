/** Pages of `--html` in a browser: they show the data, texts of tables are inert, many rows stay usable. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  HOSTILE_TEXTS,
  hasBrowser,
  type OpenedPage,
  openPage,
} from '@chatlayer-tables/views/test-browser'
import { afterEach, describe, expect, it } from 'vitest'
import { run, SOME_AIRPORTS } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { dataOf } from './page-data.ts'

const { emulator, env, folder } = await useEmulator()
const file = join(folder, 'page.html')
let opened: OpenedPage | undefined

afterEach(async () => {
  await opened?.close()
  opened = undefined
})

async function openFile(): Promise<OpenedPage> {
  opened = await openPage(pathToFileURL(file).href)
  return opened
}

function textOf({ page }: OpenedPage): Promise<string> {
  return page.evaluate<string>('document.body.innerText')
}

async function diff(...args: string[]): Promise<void> {
  const { code, stderr } = await run(['diff', ...args, '--html', file], env)
  expect(code, stderr).toBe(1)
}

describe.runIf(hasBrowser)('a page in a browser', () => {
  it('shows the differences of two versions, and asks for nothing', async () => {
    emulator.tables.insert(
      'airports',
      SOME_AIRPORTS.map((each) => (each.iata === 'JFK' ? { ...each, name: 'Idlewild' } : each)),
      'LIVE',
    )
    await diff('airports', 'airports@live', '--key', 'iata')
    const shown = await openFile()
    await expect.poll(() => textOf(shown)).toContain('Idlewild')
    const text = await textOf(shown)
    expect(text).toContain('Differences from airports@draft to airports@live')
    expect(text).toContain('John F Kennedy Intl')
    expect(shown).toMatchObject({ errors: [], requests: [], dialogs: [] })
  })

  it('keeps hostile texts inert', async () => {
    const texts = HOSTILE_TEXTS.filter((text) => text.isWellFormed() && !text.includes('\u0000'))
    const rows = texts.map((name, index) => ({ iata: `H${index}`, name }))
    emulator.tables.insert('airports', rows, 'LIVE')
    await diff('airports', 'airports@live', '--key', 'iata')
    const { changeRows } = await dataOf(file)
    const found = changeRows?.[0]?.rows.flatMap(({ after }) => after?.[1] ?? []) ?? []
    expect(found).toEqual(texts)
    expect(texts.length).toBeGreaterThan(5)
    const shown = await openFile()
    await expect.poll(() => textOf(shown)).toContain('H0')
    expect(
      await shown.page.evaluate('document.querySelectorAll("img, iframe, a[href]").length'),
    ).toBe(0)
    expect(shown).toMatchObject({ errors: [], requests: [], dialogs: [] })
  })

  it('shows a profile, a change set and a check', async () => {
    const csv = join(folder, 'in.csv')
    await writeFile(csv, 'iata,latitude\nNEW,1.5\nBAD,north\n')
    expect((await run(['import', 'airports', csv], env)).code).toBe(6)
    for (const [args, exit, text] of [
      [['profile', 'airports'], 0, 'latitude'],
      [['changes', 'show', await lastChangeSet()], 0, 'NEW'],
      [['import', 'airports', csv, '--check'], 6, 'north'],
    ] as const) {
      const { code, stderr } = await run([...args, '--html', file], env)
      expect(code, stderr).toBe(exit)
      const shown = await openFile()
      await expect.poll(() => textOf(shown)).toContain(text)
      expect(shown).toMatchObject({ errors: [], requests: [], dialogs: [] })
      await shown.close()
    }
  })

  it('of 100,000 rows scrolls to its end and finds a row', { timeout: 120_000 }, async () => {
    const rows = 100_000
    const [a, b] = [join(folder, 'a.csv'), join(folder, 'b.csv')]
    await writeFile(a, 'key,name,note\n')
    const out = createWriteStream(b)
    out.write('key,name,note\n')
    for (let row = 0; row < rows; row++) out.write(`k${row},name ${row},${'note '.repeat(6)}\n`)
    await once(out.end(), 'close')
    await diff(a, b, '--key', 'key')
    const { changes, changeRows } = await dataOf(file)
    expect(changes?.sets[0]).toMatchObject({ rows, counts: { inserted: rows } })
    expect(changeRows?.[0]?.rows).toHaveLength(rows)
    expect((await stat(file)).size).toBeLessThan(30_000_000)

    const shown = await openFile()
    await expect.poll(() => textOf(shown), { timeout: 60_000 }).toContain('name 1')
    // Only what is in sight is drawn.
    expect(await shown.page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(
      3_000,
    )
    await shown.page.evaluate('document.querySelector(".viewport").scrollTop = 1e9')
    await expect.poll(() => textOf(shown), { timeout: 30_000 }).toContain(`name ${rows - 1}`)
    await shown.page.locator('input[type=search]').first().fill('name 77777')
    await expect.poll(() => textOf(shown), { timeout: 30_000 }).toContain('k77777')
    expect(await textOf(shown)).not.toContain(`name ${rows - 1}`)
    expect(shown).toMatchObject({ errors: [], requests: [], dialogs: [] })
  })
})

async function lastChangeSet(): Promise<string> {
  return JSON.parse((await run(['changes', 'list', '--json'], env)).stdout)[0].id
}
