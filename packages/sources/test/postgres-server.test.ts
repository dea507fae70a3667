import pg from 'pg'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres-server.ts'

test('a server starts, takes a connection and ends', async () => {
  const server = await startPostgres()
  try {
    const client = new pg.Client(server.url())
    await client.connect()
    const { rows } = await client.query('show server_version_num')
    await client.end()
    expect(Number(rows[0].server_version_num)).toBeGreaterThanOrEqual(180_000)
  } finally {
    await server.end()
  }
})
