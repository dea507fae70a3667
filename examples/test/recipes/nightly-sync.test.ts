import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { environmentOf, run } from '../program.ts'

interface Product {
  sku: string
  name: string
  price: string
  stock: number
}

const PAGE_SIZE = 40

let emulator: Emulator
let shop: Server
let products: Product[]
/** The page that the shop fails to send. */
let failingPage: number | undefined

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'products',
        columns: [
          { name: 'sku', type: 'text' },
          { name: 'name', type: 'text' },
          { name: 'price', type: 'numeric' },
          { name: 'stock', type: 'int' },
        ],
      },
    ],
  })
  shop = createServer((req, res) => {
    const page = Number(new URL(req.url ?? '', 'http://shop').searchParams.get('page') ?? 0)
    if (page === failingPage) return res.writeHead(500).end()
    const end = (page + 1) * PAGE_SIZE
    const next = end < products.length ? `/products?page=${page + 1}` : null
    res.end(JSON.stringify({ products: products.slice(page * PAGE_SIZE, end), next }))
  }).listen(0, '127.0.0.1')
  await once(shop, 'listening')
})

beforeEach(() => {
  emulator.reset()
  failingPage = undefined
  products = Array.from({ length: 100 }, (_, n) => ({
    sku: `P${n}`,
    name: `Product ${n}`,
    price: `${n}.90`,
    stock: n % 7,
  }))
})

afterAll(async () => {
  shop.close()
  await emulator.close()
})

function sync(env: NodeJS.ProcessEnv = {}) {
  const { port } = shop.address() as AddressInfo
  const SHOP_URL = `http://127.0.0.1:${port}`
  return run('nightly-sync.ts', { ...environmentOf(emulator), SHOP_URL, ...env })
}

function stored() {
  const records = emulator.tables.records('products').map(({ values }) => values)
  return records.sort((a, b) => Number(a.price) - Number(b.price))
}

function writes() {
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = emulator.requests.counts.actions
  return INSERT + UPDATE + DELETE
}

describe('a nightly sync', () => {
  it('copies all products, and writes nothing the second time', async () => {
    expect(await sync()).toEqual({
      code: 0,
      stdout: '100 inserted, 0 updated, 0 unchanged, 0 rejected, 0 unknown\n',
      stderr: '',
    })
    expect(stored()).toEqual(products)
    emulator.requests.clear()
    expect((await sync()).stdout).toMatch(/^0 inserted, 0 updated, 100 unchanged/)
    expect(writes()).toBe(0)
  })

  it('writes only what is new or different', async () => {
    await sync()
    products = products.map((each) => (each.sku === 'P7' ? { ...each, stock: 99 } : each))
    products.push({ sku: 'P100', name: 'New', price: '100.90', stock: 1 })
    emulator.requests.clear()
    expect((await sync()).stdout).toMatch(/^1 inserted, 1 updated, 99 unchanged/)
    expect(writes()).toBe(2)
    expect(stored()).toEqual(products)
  })

  it('continues after a failure of the shop', async () => {
    failingPage = 2
    const failed = await sync()
    expect(failed).toMatchObject({
      code: 75,
      stderr: 'the shop responded with 500 to /products?page=2\n',
    })
    failingPage = undefined
    const { code, stdout } = await sync()
    expect([code, stdout]).toEqual([0, expect.stringMatching(/100|20 inserted/)])
    expect(stored()).toEqual(products)
  })

  it('writes each product once over connections that fail', async () => {
    emulator.faults.set([{ kind: 'reset', when: 'after', rate: 0.2, actions: ['INSERT'] }])
    expect((await sync()).code).toBe(0)
    expect(stored()).toEqual(products)
  })

  it('reports a wrong product, and copies the others', async () => {
    const wrong = { sku: 'X', name: 'Wrong', price: 'free', stock: 1 }
    products.splice(50, 0, wrong)
    const { code, stdout, stderr } = await sync()
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^100 inserted.* 1 rejected/)])
    expect(stderr).toMatch(/^X: rejected: .*price/)
    expect(stored()).toEqual(products.filter((product) => product !== wrong))
  })

  it.each([
    ['a gateway that is down', 75, { CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }],
    ['a wrong token', 1, { CHATLAYER_TOKEN: 'user:wrong' }],
    ['no token', 1, { CHATLAYER_TOKEN: '' }],
  ])('over %s ends with %i', async (_, code, env) => {
    const ended = await sync(env)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(/^.+\n$/)])
  })
})
