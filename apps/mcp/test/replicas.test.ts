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
  const env = environmentOf(emulator)
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

    it('answer one paged query between them', async () => {
      const before = [...proxy.counts]
      const names: unknown[] = []
      let cursor: unknown
      do {
        const answer = await client.call('query_records', {
          ...{ table: 'stores', select: ['name'], sort: [{ column: 'rank' }], limit: 7 },
          ...(cursor === undefined ? {} : { cursor }),
        })
        expect(answer.isError).toBe(false)
        names.push(...rowsOf(answer).map((row) => row[1]))
        cursor = answer.data.next_cursor
      } while (cursor !== undefined)
      expect(names).toEqual(Array.from({ length: STORE_COUNT }, (_, index) => `Store ${index}`))
      for (const [index, count] of proxy.counts.entries()) {
        expect(count).toBeGreaterThan(before[index] ?? 0)
      }
    })

    it('carry out on one what was previewed on another', async () => {
      const target = { table: 'stores', where: { rank: { gte: 58 } } }
      const preview = await client.call('delete_records', { ...target, dry_run: true })
      expect(preview.data).toMatchObject({ matched: 2 })
      emulator.reset()
    })

    it('answer many calls at a time, each with its own', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, rank) =>
          client.call('query_records', { table: 'stores', where: { rank }, select: ['name'] }),
        ),
      )
      expect(answers.map((answer) => rowsOf(answer)[0]?.[1])).toEqual(
        Array.from({ length: 30 }, (_, rank) => `Store ${rank}`),
      )
    })
  },
)
