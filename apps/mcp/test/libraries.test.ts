/** The server as the client libraries of agents reach it: without a model, by the tools they make for one. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOOL_NAMES } from '../src/tools/registry.ts'
import type { Wire } from './clients.ts'
import { environmentOf, makeFolder, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { aiSdk } from './libraries/ai-sdk.ts'
import { langChain } from './libraries/langchain.ts'
import type { Connection, Library, Target } from './libraries/library.ts'
import { mcpUse } from './libraries/mcp-use.ts'
import { officialV1, officialV2 } from './libraries/official.ts'
import { openAIAgents } from './libraries/openai-agents.ts'

const LIBRARIES = [officialV1, officialV2, aiSdk, langChain, openAIAgents, mcpUse]
const WIRES: readonly Wire[] = ['stdio', 'http']

const flags = ['--files', makeFolder()]
let emulator: Emulator
let server: HttpProcess

beforeAll(async () => {
  emulator = await startFixture()
  server = await startHttpServer(environmentOf(emulator), flags)
})

afterAll(async () => {
  await server.stop()
  await emulator.close()
})

describe.each(
  LIBRARIES.flatMap((library) =>
    WIRES.map((wire): [string, Wire, Library] => [library.name, wire, library]),
  ),
)('%s over %s', (_name, wire, library) => {
  let connection: Connection

  beforeAll(async () => {
    const env = environmentOf(emulator)
    const target: Target = wire === 'http' ? { wire, url: server.url } : { wire, env, flags }
    connection = await library.connect(target)
  })

  afterAll(() => connection.close())

  it('lists every tool', () => {
    expect(connection.tools).toEqual(TOOL_NAMES)
  })

  it('reads with open objects and lists', async () => {
    const where = { rank: { gte: 7, lt: 9 } }
    const text = await connection.call('query_records', {
      table: 'stores',
      where,
      sort: [{ column: 'rank' }],
    })
    expect(text).toMatch(/Store 7.*Store 8/)
    // Over stdio, each server would start a process for SQL.
    if (wire === 'stdio') return
    const sql = 'select name from stores where rank = :rank'
    expect(await connection.call('query_sql', { sql, params: { rank: 5 } })).toContain('Store 5')
  })

  it('inserts', async () => {
    const message = `from ${library.name} over ${wire}`
    await connection.call('insert_records', { table: 'leads', records: [{ message }] })
    const found = await connection.call('query_records', {
      table: 'leads',
      where: { message },
      limit: 1,
    })
    expect(found).toContain(message)
    expect(found).toMatch(/total\W+1\D/)
  })

  it('reads the error of a delete that was not confirmed', async () => {
    const text = await connection.call('delete_records', { table: 'stores', all: true })
    expect(text).toMatch(/CONFIRMATION_NEEDED.*Nothing was written.*60 records/)
  })

  it('passes null for what it leaves out', async () => {
    const args = { table: 'stores', limit: 1, where: null, sort: null, cursor: null, format: null }
    const text = await connection.call('query_records', args)
    if (library.isStrict) expect(text).toContain('did not match expected schema')
    else expect(text).toMatch(/total\W+60/)
  })
})
