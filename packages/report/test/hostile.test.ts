/** Gateways that do not respond as declared: a report is made in any case, and stays small. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FaultInput } from '@chatlayer-tables/emulator'
import { expect, it } from 'vitest'
import { lessonsOf, printReport, Report, replayReport } from '../src/index.ts'
import { reportOf, startGateway } from './fixture.ts'

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** A report of a server that answers every request so. */
async function reportOfServer(answer: Answer, options: { signal?: AbortSignal } = {}) {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const gateway = {
      url: `http://127.0.0.1:${port}`,
      token: 'user:Sw0rdfish',
      teamId: 't',
      botId: 'b',
    }
    return await reportOf(gateway, options)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function json(body: unknown, status = 200): Answer {
  return (_, outgoing) => {
    outgoing.writeHead(status, { 'content-type': 'application/json' })
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

const TABLE = { id: 'T1', botId: 'B1', name: 'leads', description: '', columns: [] }
const deep = `{"data":${'['.repeat(5000)}${']'.repeat(5000)}}`
const wide = {
  data: [Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key${at}`, at]))],
}

it.each<[string, Answer, string]>([
  ['a web page', (_, outgoing) => outgoing.end('<html><title>Log in, Jo</title></html>'), 'html'],
  ['bytes', (_, outgoing) => outgoing.end(Buffer.from([0, 255, 1, 254])), 'text'],
  ['nothing', (_, outgoing) => outgoing.end(), 'empty'],
  ['deep JSON', json(deep), 'json'],
  ['wide JSON', json(wide), 'json'],
  ['a long text', json({ data: 'x'.repeat(5_000_000) }), 'json'],
  ['many records', json({ data: Array.from({ length: 20_000 }, () => ({ id: 'A' })) }), 'json'],
])('%s', async (_, answer, form) => {
  const { report } = await reportOfServer(answer)
  expect(report.exchanges[0]?.response?.form).toBe(form)
  expect(report.facts.some(({ result }) => result === 'confirmed')).toBe(false)
  const text = printReport(report)
  expect(text.length).toBeLessThan(1_000_000)
  expect(text).not.toMatch(/Log in|Sw0rdfish|leads/)
  expect(Report.parse(JSON.parse(text))).toEqual(report)
})

it('a rejected token: the report holds the response and ends', async () => {
  const body = { statusCode: 401, message: 'Unauthorized', user: 'Jo' }
  const { report } = await reportOfServer(json(body, 401))
  expect(report.exchanges).toHaveLength(1)
  expect(report.failure).toBe('AUTHENTICATION')
  expect(report.exchanges[0]).toMatchObject({
    response: { status: 401, body: { message: 'Unauthorized', statusCode: 401, user: 'text-3/2' } },
    verdict: { schema: 'ErrorBody', declared: 'fits' },
  })
  expect(report.unexpectedFields).toMatchObject([{ at: '', name: 'user', type: 'text' }])
})

it('a connection that breaks half-way: what was seen before is in the report', async () => {
  const faults: FaultInput[] = [{ kind: 'reset', operations: ['performTableAction'] }]
  await using emulator = await startGateway({}, { faults })
  const { report } = await reportOf(emulator)
  expect(report.failure).toBe('CONNECTION')
  expect(report.exchanges.at(-1)).toMatchObject({ response: null, failure: 'broken' })
  expect(report.facts.find(({ id }) => id === 'column-type-names')?.result).toBe('confirmed')
  expect((await replayReport(report)).divergedAt).toBeUndefined()
})

it('an abort: what was seen before is in the report', async () => {
  const abort = new AbortController()
  let requests = 0
  const { report, error } = await reportOfServer(
    (incoming, outgoing) => {
      if (++requests === 2) abort.abort(new Error('stopped'))
      else json({ data: [TABLE] })(incoming, outgoing)
    },
    { signal: abort.signal },
  )
  expect(error).toMatchObject({ message: 'stopped' })
  expect(report.exchanges).toHaveLength(1)
  expect(report.failure).toBe('INTERRUPTED')
})

it('one operation that misbehaves does not end the report', async () => {
  const faults: FaultInput[] = [{ kind: 'html', status: 200, operations: ['getTableData'] }]
  await using emulator = await startGateway({}, { faults })
  const { report, error } = await reportOf(emulator)
  expect(error).toBeUndefined()
  expect(report.facts.find(({ id }) => id === 'error-404')?.result).toBe('answered')
  expect(lessonsOf(report).schemas[0]).toMatch(
    /^TableData: the body: expected object, received undefined \(a client does not read it\) \[2, 3/,
  )
})

it('fields that are not declared and values of other types are named, with their types', async () => {
  const table = {
    ...TABLE,
    name: null,
    tenantId: 12,
    columns: [{ name: 'a', type: 'varchar(20)' }],
  }
  const { report } = await reportOfServer(
    json({ data: [table], nextCursor: 'abc', fnordYzz: true }),
  )
  expect(report.unexpectedFields.map(({ at, name, type }) => `${at}.${name}: ${type}`)).toEqual([
    'data.tenantId: integer',
    '.nextCursor: text',
    '.…: boolean',
  ])
  expect(report.exchanges[0]?.verdict).toMatchObject({
    declared: [{ at: 'data.0.name', expected: 'string', received: 'null' }],
    read: { at: 'data.0.name', expected: 'string', received: 'null' },
  })
  expect(report.exchanges[0]?.response?.body).toMatchObject({
    data: [{ columns: [{ name: 'column-1', type: 'varchar(20)' }] }],
  })
})
