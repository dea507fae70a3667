/**
 * The database of the demo: a PostgreSQL server from npm, on a free port of this machine; SQLite where npm
 * has no PostgreSQL for the platform.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startPostgres } from '../../packages/sources/test/postgres-server.ts'
import { ROOT } from '../workspace.mjs'
import { atEnd, detail } from './programs.mjs'

const requireOfSources = createRequire(join(ROOT, 'packages/sources/package.json'))

/**
 * @typedef {Record<string, string | number | boolean | null>} Row
 * @typedef {object} Database
 * @property {string} address of the table `products`
 * @property {(sql: string) => Promise<unknown>} run
 * @property {() => Promise<Row[]>} rows of the table `products`
 */

const ROWS = 'select sku, name, cast(price as text) as price, stock from products order by sku'

/**
 * @param {string} folder
 * @returns {Promise<Database>}
 */
export async function startDatabase(folder) {
  const server = await startServer()
  if (server === undefined) return openSqlite(folder)
  atEnd(() => server.end())
  detail(`PostgreSQL from npm, on port ${server.port}`)
  const { Client } = requireOfSources('pg')
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  atEnd(() => client.end())
  return {
    address: `${server.url()}#public.products`,
    run: (sql) => client.query(sql),
    rows: async () => (await client.query(ROWS)).rows,
  }
}

async function startServer() {
  try {
    return await startPostgres()
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    detail(`PostgreSQL cannot be started here, so this is SQLite instead (${reason})`)
    return undefined
  }
}

/** @param {string} folder */
function openSqlite(folder) {
  const database = new DatabaseSync(join(folder, 'shop.db'))
  atEnd(() => database.close())
  return {
    address: 'sqlite:shop.db#products',
    run: async (/** @type {string} */ sql) => database.exec(sql),
    rows: async () => /** @type {Row[]} */ (database.prepare(ROWS).all()),
  }
}
