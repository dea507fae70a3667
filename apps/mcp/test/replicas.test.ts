import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Generation, type McpClient, openHttp } from './clients.ts'
import { environmentOf, STORE_COUNT, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { type RoundRobin, startRoundRobin } from './round-robin.ts'
import { rowsOf } from './suite.ts'

const REPLICAS = 3

let emulator: Emulator
let servers: HttpProcess[]
let proxy: RoundRobin

beforeAll(async () => {
  emulator = await startFixture()
  const env = { ...environmentOf(emulator), CHATLAYER_MCP_CONFIRM_KEY: 'k'.repeat(40) }
  servers = await Promise.all(Array.from({ length: REPLICAS }, () => startHttpServer(env)))
  proxy = await startRoundRobin(servers.map(({ url }) => url))
})

afterAll(async () => {
  await proxy.close()
  await Promise.all(servers.map((server) => server.stop()))
  await emulator.close()
})

describe.each<Generation>(['v1', 'v2'])(
  'three replicas behind a round-robin proxy, for a %s client',
  (generation) => {
    let client: McpClient

    beforeAll(async () => {
      client = await openHttp(generation, proxy.url)
    })

    afterAll(() => client.close())

    it('serve the pages of one query', async () => {
      const before = [...proxy.counts]
      const names: unknown[] = []
      let cursor: unknown
      do {
        const answer = await client.call('query_records', {
          ...{ table: 'stores', select: ['name'], sort: [{ column: 'rank' }], limit: 7 },
          ...(cursor === undefined ? {} : { cursor }),
        })
        expect(answer.isError).toBe(false)
        names.push(...rowsOf(answer).map(([name]) => name))
        cursor = answer.data.next_cursor
      } while (cursor !== undefined)
      expect(names).toEqual(Array.from({ length: STORE_COUNT }, (_, index) => `Store ${index}`))
      for (const [index, count] of proxy.counts.entries()) {
        expect(count).toBeGreaterThan(before[index] ?? 0)
      }
    })

    it('execute on one what was previewed on another', async () => {
      const target = { table: 'stores', where: { rank: { gte: 58 } } }
      const refused = await client.call('delete_records', target)
      expect(refused.data).toMatchObject({ matched: 2, would_delete: 2 })
      const { confirm_token } = refused.data
      const done = await client.call('delete_records', { confirm_token })
      expect(done.data).toMatchObject({ deleted: 2, change_set: expect.any(String) })
      expect(emulator.tables.count('stores')).toBe(STORE_COUNT - 2)
      emulator.reset()
    })

    it('undo on one what was written on another', async () => {
      const start = emulator.tables.records('stores').map(({ values }) => values)
      const target = { table: 'stores', where: { rank: { lt: 30 } } }
      const crossing = async (tool: string, args: Record<string, unknown>) => {
        const before = [...proxy.counts]
        const { data } = await client.call(tool, { ...args, dry_run: true })
        const { confirm_token } = data
        const done = await client.call(tool, { ...args, confirm_token })
        const used = proxy.counts.filter((count, index) => count > (before[index] ?? 0))
        expect(used.length).toBeGreaterThan(1)
        return done.data
      }
      const write = await crossing('update_records', { ...target, set: { city: 'Lier' } })
      expect(write).toMatchObject({ updated: 30 })
      const { change_set } = write
      // Every replica lists it.
      for (const _ of servers) {
        const { data } = await client.call('list_changes', { table: 'stores', limit: 1 })
        expect(data.change_sets).toMatchObject([{ change_set, updated: 30 }])
      }
      const undo = await crossing('undo_changes', { change_set })
      expect(undo).toMatchObject({ undone: 30, conflicts: 0 })
      expect(emulator.tables.records('stores').map(({ values }) => values)).toEqual(start)
      const redo = await crossing('undo_changes', { change_set: undo.change_set })
      expect(redo).toMatchObject({ undone: 30 })
      emulator.reset()
    })

    it('serve the pages of one SQL query', async () => {
      const query = { sql: 'select name from stores order by rank', max_rows: 13 }
      const names: unknown[] = []
      let cursor: unknown
      do {
        const page = await client.call(
          'query_sql',
          cursor === undefined ? query : { ...query, cursor },
        )
        expect(page.isError, page.text).toBe(false)
        names.push(...rowsOf(page).map(([name]) => name))
        cursor = page.data.next_cursor
      } while (cursor !== undefined)
      expect(names).toEqual(Array.from({ length: STORE_COUNT }, (_, index) => `Store ${index}`))
    })

    it('return the right result for many parallel calls', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, rank) =>
          client.call('query_records', { table: 'stores', where: { rank }, select: ['name'] }),
        ),
      )
      expect(answers.map((answer) => rowsOf(answer)[0]?.[0])).toEqual(
        Array.from({ length: 30 }, (_, rank) => `Store ${rank}`),
      )
    })
  },
)
