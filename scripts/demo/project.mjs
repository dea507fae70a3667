/**
 * Tables as code: a database table becomes a table of the bot by `chatlayer.yaml`. Ten rows change, the plan
 * shows ten, and applying it is undone. Every record is compared each time.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDatabase } from './database.mjs'
import { clt, cltEndingWith, count, detail, expectEqual, step } from './programs.mjs'

/** Column types of the bot's table. */
export const PRODUCTS = { sku: 'text', name: 'text', price: 'numeric', stock: 'int' }

const ROWS = 500

/** Exit code of a plan with changes. */
const CHANGES = 10

/** Six updates, two deletes and two inserts. */
const CHANGED = `
  update products set price = price + 1 where sku in ('P0001', 'P0002', 'P0003', 'P0004');
  update products set name = 'Renamed | "quoted", 🛩', stock = 0 where sku in ('P0005', 'P0006');
  delete from products where sku in ('P0007', 'P0008');
  insert into products values ('N0001', 'New', 1.25, 3), ('N0002', '=1+1', 2.5, null);
`

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env the connection
 */
export async function demoProject(folder, env) {
  const file = join(folder, 'chatlayer.yaml')
  const database = await step('A database with a table "products"', async () => {
    const opened = await startDatabase(folder)
    await opened.run(tableText())
    detail(`${count((await opened.rows()).length)} rows`)
    return opened
  })
  await step('chatlayer.yaml says that they belong together', async () => {
    const text = projectText(database.address)
    await writeFile(file, text)
    detail(text)
  })
  await step('The plan shows all rows, and applying it copies them', async () => {
    await expectPlan(env, file, { inserts: ROWS, updates: 0, deletes: 0 })
    await clt(env, 'apply', '--file', file, '--yes', '--quiet')
    await expectSame(env, database)
    await cltEndingWith(0, env, 'plan', '--file', file, '--quiet')
    detail('another plan has nothing to do')
  })
  const before = await recordsOf(env)
  await step('Ten rows of the database change', () => database.run(CHANGED))
  const job = await step('The plan shows these ten, and applying it writes them', async () => {
    const { stdout } = await cltEndingWith(CHANGES, env, 'plan', '--file', file, '--examples', '3')
    detail(stdout)
    await expectPlan(env, file, { inserts: 2, updates: 6, deletes: 2 })
    const { stderr } = await cltEndingWith(0, env, 'apply', '--file', file, '--yes')
    await expectSame(env, database)
    const [, id = ''] = /clt changes undo --job (\w+)/.exec(stderr) ?? []
    expectEqual('apply says how to undo it', id !== '', true)
    return id
  })
  await step('One id undoes it', async () => {
    await clt(env, 'changes', 'undo', '--job', job, '--yes', '--quiet')
    expectEqual('the records after the undo', await recordsOf(env), before)
    detail(`all ${count(ROWS)} records are as they were before`)
    await expectPlan(env, file, { inserts: 2, updates: 6, deletes: 2 })
  })
}

function tableText() {
  const values = Array.from({ length: ROWS }, (_, n) => {
    const sku = `P${String(n).padStart(4, '0')}`
    return `('${sku}', 'Product ''${n}''', ${(n * 1.25 + 0.5).toFixed(2)}, ${n % 7})`
  })
  return `
    create table products (sku text primary key, name text not null, price numeric(10, 2), stock integer);
    insert into products values ${values.join(', ')};
  `
}

/** @param {string} address */
function projectText(address) {
  return `syncs:
  products:
    from: ${address}
    to: products@draft
    key: sku
    delete: true
    limits: { deletes: 20 }
schema:
  products: { sku: text, name: text, price: numeric, stock: int }
checks:
  products: ["count(*) >= 400", "count(*) = count(distinct sku)"]
`
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} file
 * @param {Record<string, number>} expected
 */
async function expectPlan(env, file, expected) {
  const options = ['--file', file, '--json', '--quiet']
  const plan = JSON.parse((await cltEndingWith(CHANGES, env, 'plan', ...options)).stdout)
  const { inserts, updates, deletes } = plan.syncs[0].counts
  expectEqual(
    'planned writes',
    JSON.stringify({ inserts, updates, deletes }),
    JSON.stringify(expected),
  )
  detail(`planned: ${inserts} inserts, ${updates} updates, ${deletes} deletes`)
}

/**
 * The records of the bot's table as comparable text, without ids and times.
 *
 * @param {NodeJS.ProcessEnv} env
 */
async function recordsOf(env) {
  const listed = JSON.parse(await clt(env, 'records', 'list', 'products', '--json', '--quiet'))
  return asText(listed.map((/** @type {{ values?: object }} */ record) => record.values ?? record))
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./database.mjs').Database} database
 */
async function expectSame(env, database) {
  const rows = await database.rows()
  expectEqual('the records of the table', await recordsOf(env), asText(rows))
  detail(`${count(rows.length)} records, ${count(rows.length * 4)} fields: no difference`)
}

/** @param {Record<string, unknown>[]} rows */
function asText(rows) {
  const lines = rows.map(({ sku, name, price, stock }) =>
    JSON.stringify([sku, name, Number(price), stock]),
  )
  return lines.sort().join('\n')
}
