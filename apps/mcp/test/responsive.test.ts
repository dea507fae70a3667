/** The server stays responsive while a tool works. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { environmentOf, makeFolder } from './fixture.ts'
import { startHttpServer } from './http-server.ts'
import { INITIALIZE, type ServerProcess, startServer } from './process.ts'

const PING_EVERY_MS = 50
/** A busy machine delays pings too, but not each time. */
const RETRIES = { retry: 2 }
const folder = makeFolder()
let emulator: Emulator
let server: ServerProcess
let lastId = 0

const COLUMNS = [
  { name: 'key', type: 'text' },
  { name: 'n', type: 'int' },
  { name: 'at', type: 'timestamp' },
  { name: 'data', type: 'jsonb' },
]

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'big',
        columns: COLUMNS,
        records: Array.from({ length: 5_000 }, (_, n) => ({
          key: `key ${n}`,
          n,
          data: { n, text: 'x'.repeat(200) },
        })),
      },
      { name: 'empty', columns: COLUMNS },
      {
        // Tokenizers need time by the square of such runs.
        name: 'runs',
        columns: [{ name: 'text', type: 'text' }],
        records: ['東京', 'x', '!', '\n'].map((run) => ({ text: run.repeat(60_000) })),
      },
    ],
  })
  server = startServer(environmentOf(emulator), [
    '--files',
    folder,
    '--confirm',
    'allow',
    '--log-level',
    'error',
  ])
  server.send({ id: ++lastId, method: 'initialize', params: INITIALIZE })
  await server.answer(lastId)
  server.send({ method: 'notifications/initialized' })
})

afterAll(async () => {
  server.child.stdin.end()
  await server.ended()
  await emulator.close()
})

/** Runs a call, and measures pings meanwhile. */
async function pingDuring(tool: string, args: Record<string, unknown>) {
  const id = ++lastId
  server.send({ id, method: 'tools/call', params: { name: tool, arguments: args } })
  let isDone = false
  const answer = server.answer(id).finally(() => {
    isDone = true
  })
  const waits: number[] = []
  while (!isDone) {
    const ping = ++lastId
    const begun = performance.now()
    server.send({ id: ping, method: 'ping' })
    await server.answer(ping)
    waits.push(performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS))
  }
  await answer
  return { waits: waits.toSorted((a, b) => a - b) }
}

/** A pause of the machine may delay one ping; a loop without yields delays many, or one for long. */
function expectPrompt(what: string, waits: readonly number[]) {
  const slow = waits.filter((ms) => ms > 200)
  expect({ what, slow: slow.length <= Math.max(2, waits.length * 0.1) ? [] : slow }).toEqual({
    what,
    slow: [],
  })
  expect(waits.at(-1)).toBeLessThan(2_000)
}

const row = (n: number) => `key ${n},${n},2026-01-01T00:00:00Z,"{""n"":${n}}"\n`

/** Large and damaged files: 20 MB, only invalid rows, an unclosed quote, and so on. */
const FILES: Record<string, () => string> = {
  'rows.csv': () => `key,n,at,data\n${Array.from({ length: 350_000 }, (_, n) => row(n)).join('')}`,
  'wrong.csv': () => `key,n\n${'x,no number\n'.repeat(30_000)}`,
  'quote.csv': () => `key,n\n"${'x,1\n'.repeat(1_000_000)}`,
  'commas.csv': () => `key,n\n${`${','.repeat(20_000)}\n`.repeat(200)}`,
  'list.json': () =>
    `[${'{"key":"a","n":1,"data":[1,2,3,{"a":"b"}]},\n'.repeat(20_000)}{"key":"z"}]`,
  'lines.ndjson': () => '{"key":"a","n":1,"data":[1,2,3,{"a":"b"}]}\n'.repeat(20_000),
  'keys.json': () => `[{${Array.from({ length: 50_000 }, (_, n) => `"k${n}":1`).join(',')}}]`,
  'noise.csv': () => `key\n${'\u00e9\u4e2d\r\r\n"'.repeat(300_000)}`,
}

const WORKBOOK = {
  '[Content_Types].xml':
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
  '_rels/.rels':
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
  'xl/workbook.xml':
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="sheet.xml"/></Relationships>',
}

/** Kilobytes that expand to megabytes: cells, nested elements, attributes, an unclosed tag. */
const SHEETS: Record<string, string> = {
  'cells.xlsx': `<row><c t="str"><v>key</v></c></row>${'<row><c t="str"><v>x</v></c></row>'.repeat(60_000)}`,
  'nested.xlsx': '<row>'.repeat(1_000_000),
  'attributes.xlsx': `<row ${Array.from({ length: 200_000 }, (_, n) => `a${n}="1"`).join(' ')}>`,
  'tag.xlsx': `<row ${'x'.repeat(5_000_000)}`,
  'entities.xlsx': `<row><c t="str"><v>${'&amp;'.repeat(1_000_000)}</v></c></row>`,
}

it.each(Object.keys(SHEETS))('while import_file checks %s', RETRIES, async (file) => {
  const { zip } = await import(
    new URL('../../../scripts/campaigns/fuzz-zip.mjs', import.meta.url).href
  )
  const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${SHEETS[file]}</sheetData></worksheet>`
  const parts = Object.entries({ ...WORKBOOK, 'xl/sheet.xml': sheet })
  const archive = zip(Object.fromEntries(parts.map(([name, text]) => [name, Buffer.from(text)])))
  await writeFile(join(folder, file), archive)
  const { waits } = await pingDuring('import_file', { table: 'big', file, dry_run: true })
  expectPrompt(file, waits)
})

it.each(Object.keys(FILES))('while import_file checks %s', RETRIES, async (file) => {
  await writeFile(join(folder, file), FILES[file]?.() ?? '')
  for (const args of [{ mode: 'insert' }, { mode: 'upsert', key: 'key' }]) {
    // A plan by key of this many rows takes single long statements of SQLite.
    if (file === 'rows.csv' && args.mode === 'upsert') continue
    const { waits } = await pingDuring('import_file', {
      table: 'big',
      file,
      dry_run: true,
      ...args,
    })
    expectPrompt(`${file} ${args.mode}`, waits)
  }
})

const KEYED = Array.from({ length: 100 }, (_, n) => ({ key: `key ${n}`, n: -n }))

it('while other tools read, group, export and ask in SQL', RETRIES, async () => {
  const sql =
    'with recursive c(n) as (select 1 union all select n + 1 from c where n < 3000000) select count(*) from c'
  for (const [tool, args] of [
    ['query_records', { table: 'big', limit: 500, max_tokens: 20_000 }],
    ['query_records', { table: 'big', group_by: ['key'], aggregate: ['count', 'max(n)'] }],
    ['query_records', { table: 'big', sort: [{ column: 'key' }], limit: 10 }],
    ['describe_table', { table: 'big', format: 'detailed' }],
    ['query_records', { table: 'runs', format: 'detailed', max_tokens: 20_000 }],
    ['query_sql', { sql: 'select text from runs limit 1', max_tokens: 20_000 }],
    ['query_sql', { sql }],
    ['query_sql', { sql: 'select * from big' }],
    ['export_file', { table: 'big', file: 'out.xlsx' }],
    ['export_file', { table: 'big', file: 'out.csv' }],
    ['update_records', { table: 'big', all: true, set: { n: 1 }, dry_run: true }],
    ['update_records', { table: 'big', all: true, set_sql: { n: 'n + 1' }, dry_run: true }],
    ['delete_records', { table: 'big', all: true, dry_run: true }],
    ['upsert_records', { table: 'big', key: 'key', records: KEYED, dry_run: true }],
    ['insert_records', { table: 'big', records: KEYED }],
    ['list_changes', { limit: 100 }],
    ['compare_tables', { a: 'big' }],
    ['copy_records', { from: 'big', to: 'empty', key: 'key', dry_run: true }],
  ] as const) {
    const { waits } = await pingDuring(tool, args)
    expectPrompt(`${tool} ${JSON.stringify(args)}`, waits)
  }
})

it('while tools work, also over HTTP', RETRIES, async () => {
  const http = await startHttpServer(environmentOf(emulator))
  const post = async (message: object): Promise<string> => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, ...message })
    return (await fetch(http.url, { method: 'POST', headers, body })).text()
  }
  await post({ method: 'tools/call', params: { name: 'list_tables', arguments: {} } })
  for (const [name, args] of [
    ['query_records', { table: 'big', group_by: ['key'], aggregate: ['count', 'max(n)'] }],
    ['query_sql', { sql: 'select * from big' }],
    ['update_records', { table: 'big', all: true, set: { n: 1 }, dry_run: true }],
  ] as const) {
    let isDone = false
    const answer = post({ method: 'tools/call', params: { name, arguments: args } }).finally(() => {
      isDone = true
    })
    const waits: number[] = []
    while (!isDone) {
      const begun = performance.now()
      await post({ method: 'ping' })
      waits.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS))
    }
    expect(await answer).not.toContain('"isError":true')
    expectPrompt(
      `${name} over HTTP`,
      waits.toSorted((a, b) => a - b),
    )
  }
  await http.stop()
})
