import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basicAuthorization } from '@chatlayer-tables/contract'
import { expect, test } from 'vitest'
import { createSender } from '../../src/send/sender.ts'

test('main road', async () => {
  const server = createServer((req, res) => {
    req.resume().on('end', () => {
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ data: [], meta: { total: 0 } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sender = createSender({
    connection: { origin: `http://127.0.0.1:${port}`, prefix: '/api/v1', teamId: 't', botId: 'b' },
    authorization: basicAuthorization('user:password'),
  })
  const reply = await sender.send('getTableData', {
    params: { tableId: 'x' },
    query: { version: 'DRAFT' },
  })
  expect(reply.body.data).toEqual([])
  expect(reply.attempts).toBe(1)
  await sender.close()
  await expect(
    sender.send('getTableData', { params: { tableId: 'x' }, query: { version: 'DRAFT' } }),
  ).rejects.toMatchObject({ code: 'CONNECTION' })
  server.close()
})
