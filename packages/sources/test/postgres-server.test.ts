import pg from 'pg'
import { expect, test } from 'vitest'
import { runSql, startPostgres } from './postgres-server.ts'

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

test('a server that was stopped starts again with its data, on its port', async () => {
  const server = await startPostgres()
  try {
    await runSql(server.url(), 'create table kept as select 7 as n')
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      await server.stop(signal)
      await expect(runSql(server.url(), 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      await server.start()
      expect(await runSql(server.url(), 'select n from kept')).toEqual([{ n: 7 }])
    }
  } finally {
    await server.end()
  }
})
