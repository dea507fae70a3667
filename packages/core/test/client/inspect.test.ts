/** What `console.log` prints of the objects that a program holds. */
import { inspect } from 'node:util'
import { startEmulator } from '@chatlayer-tables/emulator'
import { expect, test } from 'vitest'
import { createClient } from '../../src/client.ts'

test('a client, a table, a query and a write show what they are, and no secret', async () => {
  await using emulator = await startEmulator({
    tables: [{ name: 'leads', columns: [{ name: 'name', type: 'text' }] }],
  })
  await using client = createClient({
    token: emulator.token,
    baseUrl: emulator.url,
    teamId: emulator.teamId,
    botId: emulator.botId,
    dialect: { versions: 'shared' },
    proxyEnvironment: { HTTPS_PROXY: 'http://clerk:Sw0rdfish@127.0.0.1:1' },
  })
  const leads = client.table('leads', { version: 'LIVE' })
  const write = leads.insertMany([{ name: 'Ann' }])
  const printed = [client, leads, leads.records({ where: { name: 'Ann' }, limit: 2 }), write]
    .map((object) => inspect(object, { breakLength: 200 }))
    .join('\n')
  const { url, teamId, botId } = emulator
  expect(
    printed.replace(url, 'URL').replace(teamId, 'TEAM').replace(botId, 'BOT'),
  ).toMatchInlineSnapshot(`
    "Client { gateway: 'URL', teamId: 'TEAM', botId: 'BOT', version: 'DRAFT', dialect: { versions: 'shared' } }
    TableHandle { table: 'leads', version: 'LIVE' }
    RecordQuery { table: 'leads', version: 'LIVE', where: { name: 'Ann' }, limit: 2 }
    BulkWrite { hasStarted: false, total: 0, ok: 0, rejected: 0, unknown: 0 }"
  `)
  await write.report().catch(() => {})
  expect(inspect(write)).toContain('hasStarted: true')
  expect(inspect({ a: { b: client } }, { depth: 1 })).toContain('b: [Client]')
  expect(inspect(client, { depth: 10, showHidden: true })).not.toMatch(/Sw0rd|clerk/)
  expect(inspect(client, { depth: 10, showHidden: true })).not.toContain(emulator.token)
})
