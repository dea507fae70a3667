import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Emulator } from '@chatlayer-tables/emulator'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { environmentOf, startFixture } from './fixture.ts'
import { INITIALIZE, type ServerProcess, startServer } from './process.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

let emulator: Emulator
let server: ServerProcess | undefined
/** A folder without node_modules above it. */
const folder = mkdtempSync(join(tmpdir(), 'mcp-bundle-'))

beforeAll(async () => {
  emulator = await startFixture()
})

afterAll(async () => {
  server?.child.kill('SIGKILL')
  await emulator.close()
  rmSync(folder, { recursive: true })
})

it('packs a bundle that runs by itself', async () => {
  const made = spawnSync(process.execPath, ['bundle.mjs'], { cwd: PACKAGE, encoding: 'utf8' })
  expect(made.status, made.stderr).toBe(0)
  expect(statSync(join(PACKAGE, 'dist-bundle', 'chatlayer-tables.mcpb')).size).toBeGreaterThan(1e5)
  cpSync(join(PACKAGE, 'dist-bundle', 'stage'), folder, { recursive: true })

  const dist = join(folder, 'server', 'dist')
  const licences = readFileSync(join(dist, 'THIRD-PARTY-LICENSES'), 'utf8')
  for (const name of ['@modelcontextprotocol/server', 'jose', 'zod']) {
    expect(licences).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'))
  }
  const bin = join(dist, 'bin.js')
  server = startServer(environmentOf(emulator), [], bin)
  const { params, ...initialize } = INITIALIZE
  const capabilities = { extensions: { 'io.modelcontextprotocol/ui': {} } }
  server.send({ ...initialize, params: { ...params, capabilities } })
  await server.answer(1)
  // It has the pages, too.
  server.send({ id: 6, method: 'resources/list', params: {} })
  const listed = (await server.answer(6)) as { result: { resources: { uri: string }[] } }
  const pages = listed.result.resources.filter(({ uri }) => uri.startsWith('ui:'))
  expect(pages.length).toBeGreaterThan(8)
  server.send({ id: 7, method: 'resources/read', params: { uri: pages[0]?.uri } })
  expect(JSON.stringify(await server.answer(7))).toContain('<!doctype html>')
  server.send({ id: 2, method: 'tools/call', params: { name: 'list_tables', arguments: {} } })
  expect(await server.answer(2)).toHaveProperty('result.structuredContent.total', 2)
  const query = { sql: 'select count(*) from stores' }
  server.send({ id: 3, method: 'tools/call', params: { name: 'query_sql', arguments: query } })
  expect(await server.answer(3)).toHaveProperty('result.structuredContent.rows', [[60]])
  // Its tokens are counted by a thread, whose file is part of the bundle.
  const cut = { table: 'stores', max_tokens: 800 }
  server.send({ id: 5, method: 'tools/call', params: { name: 'query_records', arguments: cut } })
  const { result } = (await server.answer(5)) as { result: { structuredContent: unknown } }
  const tokens = countTokens(JSON.stringify(result.structuredContent))
  expect(tokens).toBeLessThanOrEqual(800)
  expect(tokens).toBeGreaterThan(720)
  const insert = { table: 'stores', records: [{ name: 'New' }] }
  server.send({
    id: 4,
    method: 'tools/call',
    params: { name: 'insert_records', arguments: insert },
  })
  expect(await server.answer(4)).toHaveProperty('result.structuredContent.change_set')
})
