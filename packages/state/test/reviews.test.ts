/** Reviews in PostgreSQL: the tests of every store, large ones, and connections that break. */
import type { NewReview, Reviews } from '@chatlayer-tables/journal/reviews'
import { testReviews } from '@chatlayer-tables/journal/test-reviews-contract'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { startProxy, type TcpProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openReviews } from '../src/reviews/review-table.ts'
import { SharedState } from '../src/shared-state.ts'

let server: PostgresServer
/** Two machines; the second one reaches the server through a proxy. */
let states: [SharedState, SharedState]
let proxy: TcpProxy

const empty = () => states[0].database.query('truncate reviews cascade').then(() => undefined)

beforeAll(async () => {
  server = await startPostgres()
  proxy = await startProxy(server.port)
  const open = (address: string) =>
    SharedState.open({ address, env: {}, folder: '', program: 'test' })
  states = [
    await open(server.url()),
    await open(server.url().replace(String(server.port), String(proxy.port))),
  ]
})

afterAll(async () => {
  for (const state of states) await state.close()
  await proxy.end()
  await server.end()
})

let opened = 0
testReviews('reviews in PostgreSQL', {
  start: empty,
  open: (now) => openReviews((states[opened++ % 2] ?? states[0]).database, { now }),
  end: async () => undefined,
  runs: 30,
})

const OWN = {
  place: { origin: 'https://a.test', teamId: 'team', botId: 'bot' },
  principal: 'a\0b\ud800',
}

function review(rows: NewReview['rows']): NewReview {
  return {
    ...OWN,
    program: 'mcp',
    command: 'update_records',
    table: 'st\0res',
    version: 'DRAFT',
    call: { table: 'stores', n: 12345678901234567890n, odd: '\0\udc00' },
    bound: 'bound',
    facts: { title: 'update 3 records' },
    note: '\u0001 with a mark',
    canTick: true,
    rows,
  }
}

const oneRow = [[{ digest: 'a', shown: { text: '\0' } }]]

describe('reviews in PostgreSQL', () => {
  let reviews: Reviews

  beforeEach(async () => {
    await empty()
    reviews = await states[1].openReviews()
  })

  it('keep texts that PostgreSQL has no form for', async () => {
    const { id } = await reviews.create(review(oneRow))
    const found = await (await states[0].openReviews()).find(id)
    const { rows: _, ...facts } = review(oneRow)
    expect(found).toMatchObject({ ...facts, rowCounts: [1] })
    expect(await reviews.list({ caller: OWN })).toHaveLength(1)
    expect(await reviews.rows(id, { set: 0, offset: 0, limit: 5 })).toEqual([
      { index: 0, digest: 'a', shown: { text: '\0' } },
    ])
  })

  it('keep a large one in pieces, and list it without its rows', async () => {
    const many = Array.from({ length: 2_500 }, (_, at) => ({
      digest: `${at}`,
      shown: { id: at, text: at % 500 === 0 ? 'x'.repeat(1_200_000) : 'y' },
    }))
    const { id, rowCounts } = await reviews.create(review([many, [], many.slice(1, 3)]))
    expect(rowCounts).toEqual([2_500, 0, 2])
    const page = await reviews.rows(id, { set: 0, offset: 1_999, limit: 3 })
    expect(page.map(({ index }) => index)).toEqual([1_999, 2_000, 2_001])
    expect(page[1]?.shown).toEqual(many[2_000]?.shown)
    expect(await reviews.rows(id, { set: 2, offset: 0, limit: 9 })).toHaveLength(2)
    expect(await reviews.list()).toMatchObject([{ id }])
  })

  it('decide once, also if the connection breaks during the decision', async () => {
    for (let delay = 0; delay < 8; delay++) {
      const { id, digest } = await reviews.create(review(oneRow))
      const approving = reviews.approve(id, { digest }, { way: 'terminal' })
      // Immediately, or some turns of the loop later.
      for (let turn = 0; turn < delay; turn++) await new Promise((next) => setImmediate(next))
      proxy.destroyAll()
      expect(await approving).toMatchObject({ ok: true, review: { id, state: 'approved' } })
      const claiming = reviews.claim(id)
      for (let turn = 0; turn < delay; turn++) await new Promise((next) => setImmediate(next))
      proxy.destroyAll()
      expect(await claiming).toMatchObject({ id, isClaimed: true })
      expect(await (await states[0].openReviews()).claim(id)).toBeUndefined()
    }
  })

  it('add a review once, also if the connection breaks meanwhile', async () => {
    for (let delay = 0; delay < 8; delay++) {
      const creating = reviews.create(review(oneRow))
      for (let turn = 0; turn < delay; turn++) await new Promise((next) => setImmediate(next))
      proxy.destroyAll()
      await creating
    }
    expect(await (await states[0].openReviews()).list()).toHaveLength(8)
  })
})
