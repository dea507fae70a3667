/**
 * Runs the main workflows on real data and checks them: the emulator starts with empty tables, the CLI
 * imports 3,376 airports, an MCP client queries and changes some of them, the CLI exports, and every field
 * is compared with the source. Then a PostgreSQL table becomes a table of the bot by chatlayer.yaml.
 * Prints each step; fails on any difference.
 *
 * It runs the built programs as a user does, each in a separate process. `npm run demo` builds them first.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  allOutput,
  atEnd,
  cleanUp,
  clt,
  count,
  detail,
  expectEqual,
  remember,
  show,
  startEmulator,
  step,
} from './demo/programs.mjs'
import { demoProject, PRODUCTS } from './demo/project.mjs'
import { ROOT } from './workspace.mjs'

const MCP = join(ROOT, 'apps/mcp/dist/bin.js')

// These are dependencies of packages of this workspace.
const requireOfMcp = createRequire(join(ROOT, 'apps/mcp/package.json'))
const requireOfFiles = createRequire(join(ROOT, 'packages/files/package.json'))
const { Client } = requireOfMcp('@modelcontextprotocol/client')
const { StdioClientTransport } = requireOfMcp('@modelcontextprotocol/client/stdio')
const { parse } = requireOfFiles('csv-parse/sync')

const SOURCE = join(ROOT, 'apps/cli/node_modules/vega-datasets/data/airports.csv')

const COLUMNS = {
  iata: 'text',
  name: 'text',
  city: 'text',
  state: 'text',
  country: 'text',
  latitude: 'numeric',
  longitude: 'numeric',
}

/** The changes of the MCP client, which the comparison expects. */
const RENAMED = { iata: '00M', city: 'Bay Springs (Jasper County)' }
const REMOVED_STATE = 'VI'
const ADDED = {
  iata: 'ZZX',
  name: 'Demo "Field", with 🛩 and\na second line',
  city: '',
  state: null,
  country: '=Belgium',
  latitude: '51.0500000000000000001',
  longitude: '-0.10',
}

/** Created for this run. Programs get it in their environment, and must not print it. */
const TOKEN = `${randomBytes(12).toString('hex')}:${randomBytes(16).toString('hex')}`

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    void cleanUp().then(() => {
      process.exitCode = 130
    })
  })
}

try {
  await demo()
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  await cleanUp()
}

async function demo() {
  const folder = await mkdtemp(join(tmpdir(), 'chatlayer-tables-demo-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  const copy = join(folder, 'airports.csv')
  await writeFile(copy, await readFile(SOURCE))
  const exported = join(folder, 'exported.csv')
  const source = readCsv(await readFile(SOURCE, 'utf8'))
  console.log(`Source: vega-datasets airports.csv, ${count(source.rows.length)} rows`)

  const connection = await step('The emulator starts with empty tables', () =>
    startEmulator(folder, TOKEN, { airports: COLUMNS, products: PRODUCTS }),
  )
  const settings = { ...connection, CHATLAYER_TOKEN: TOKEN, XDG_STATE_HOME: join(folder, 'state') }
  const env = { ...process.env, ...settings, NO_COLOR: '1' }

  await step('The command line lists the tables', async () => {
    detail(await clt(env, 'tables', 'list'))
  })
  await step('The command line imports the file', async () => {
    const events = await clt(env, 'import', 'airports', copy, '--json', '--quiet')
    const report = JSON.parse(events.trimEnd().split('\n').at(-1) ?? '')
    const { read, ok, rejected, unknown, unsent, elapsedMs } = report
    detail(
      `${count(read)} rows read: ${count(ok)} written, ${rejected} rejected, ${unknown} unknown, ${unsent} not sent`,
    )
    detail(`${count(Math.round((ok / elapsedMs) * 1000))} rows a second`)
    expectEqual('rows written', ok, source.rows.length)
  })
  await step('An MCP client queries and changes records', () => talkToServer(env))
  await step('LIVE is unchanged', async () => {
    const records = JSON.parse(await clt(env, 'records', 'list', 'airports@live', '--json'))
    expectEqual('records in LIVE', records.length, 0)
    detail('0 records in LIVE')
  })
  await step('The command line exports the table', async () => {
    await clt(env, 'export', 'airports', '-o', exported, '--quiet')
  })
  await step('Every field is compared with the source', async () => {
    compare(source, readCsv(await readFile(exported, 'utf8')))
  })
  await demoProject(folder, env)
  await step('The output does not contain the token', async () => {
    const found = [TOKEN, TOKEN.split(':')[1] ?? TOKEN].some((secret) =>
      allOutput().includes(secret),
    )
    expectEqual('the output contains the token', found, false)
    detail(`${count(allOutput().length)} characters of output were searched`)
  })
  console.log('\nAll checks passed.')
}

/** @param {NodeJS.ProcessEnv} env */
async function talkToServer(env) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MCP],
    env,
    stderr: 'pipe',
  })
  transport.stderr?.on('data', remember)
  const client = new Client({ name: 'demo', version: '1.0.0' })
  atEnd(() => client.close())
  await client.connect(transport)
  /** @param {string} name @param {Record<string, unknown>} args */
  const call = async (name, args) => {
    const result = await client.callTool({ name, arguments: args })
    remember(JSON.stringify(result))
    return result
  }
  /** @param {string} name @param {Record<string, unknown>} args */
  const answerOf = async (name, args) => {
    const { isError, structuredContent, content } = await call(name, args)
    if (isError) throw new Error(`${name} returned an error: ${JSON.stringify(content)}`)
    return structuredContent
  }

  const { tools } = await client.listTools()
  detail(`tools: ${tools.map((/** @type {{ name: string }} */ tool) => tool.name).join(', ')}`)

  const table = 'airports'
  const columns = (await answerOf('describe_table', { table })).columns
  detail(`describe_table: ${columns.length} columns`)

  const where = { state: 'NY', latitude: { gt: '44.5' } }
  const northern = await answerOf('query_records', {
    table,
    where,
    select: ['iata', 'name'],
    sort: [{ column: 'iata' }],
  })
  detail(`query_records: ${northern.total} airports of New York are north of 44.5°`)

  const renaming = { table, where: { iata: RENAMED.iata }, set: { city: RENAMED.city } }
  const planned = await answerOf('update_records', { ...renaming, dry_run: true })
  expectEqual('records that the dry run matched', planned.matched, 1)
  const { updated } = await answerOf('update_records', renaming)
  expectEqual('records updated', updated, 1)
  detail(`update_records: the city of ${RENAMED.iata} is now "${RENAMED.city}"`)

  const removing = { table, where: { state: REMOVED_STATE } }
  const { confirm_token } = await answerOf('delete_records', { ...removing, dry_run: true })
  const { deleted } = await answerOf('delete_records', { ...removing, confirm_token })
  detail(`delete_records: ${deleted} airports of ${REMOVED_STATE} deleted, after a dry run`)

  const { inserted } = await answerOf('insert_records', { table, records: [ADDED] })
  expectEqual('records inserted', inserted, 1)
  detail(`insert_records: ${ADDED.iata}, with quotes, a line break, an emoji and null`)

  const wrong = await call('query_records', { table, lmit: 5 })
  expectEqual('a wrong argument is an error', wrong.isError, true)
  expectEqual('it names the field', JSON.stringify(wrong.content).includes('lmit'), true)
  detail('an unknown argument was rejected by name')
  await client.close()
}

/**
 * @typedef {(string | null)[]} Row null for an empty cell without quotes
 * @param {string} text
 * @returns {{ header: Row, rows: Row[] }}
 */
function readCsv(text) {
  const [header = [], ...rows] = parse(text, {
    cast: (/** @type {string} */ value, /** @type {{ quoting: boolean }} */ { quoting }) =>
      value === '' && !quoting ? null : value,
  })
  return { header, rows }
}

/**
 * @param {ReturnType<typeof readCsv>} source
 * @param {ReturnType<typeof readCsv>} exported
 */
function compare(source, exported) {
  expectEqual('the columns, in their order', exported.header.join(), source.header.join())
  const [iata, city, state] = ['iata', 'city', 'state'].map((name) => source.header.indexOf(name))
  /** @param {Row[]} rows */
  const byCode = (rows) => new Map(rows.map((row) => [row[iata ?? 0], row]))
  const expected = byCode(
    source.rows
      .filter((row) => row[state ?? 0] !== REMOVED_STATE)
      .map((row) => (row[iata ?? 0] === RENAMED.iata ? row.with(city ?? 0, RENAMED.city) : row)),
  )
  expected.set(ADDED.iata, Object.values(ADDED))
  const found = byCode(exported.rows)
  expectEqual('exported rows', exported.rows.length, expected.size)
  let fields = 0
  const differences = []
  for (const [code, row] of expected) {
    for (const [index, cell] of row.entries()) {
      fields++
      const other = found.get(code)?.[index]
      if (cell === other) continue
      differences.push(`${code}.${source.header[index]}: ${show(other)} instead of ${show(cell)}`)
    }
  }
  for (const difference of differences.slice(0, 20)) detail(`differs: ${difference}`)
  expectEqual('fields that differ', differences.length, 0)
  const left = source.rows.length - expected.size
  detail(`${count(expected.size)} records, ${count(fields)} fields: no difference`)
  detail(`known changes: 1 renamed, ${left + 1} removed, 1 added`)
}
