/**
 * A bare HTTP server without storage, so that a bench measures only the client. It responds to an INSERT
 * with the record that it would have created, with an id and a date, and to every read with the same page.
 * Prints its port on one line; ends when its standard input does.
 *
 * With a number as its argument, it has this many records and those that were inserted since: a read gets
 * the requested page.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

const RECORDS = 100
/** undefined when every read gets the same page. */
const stored = process.argv[2] === undefined ? undefined : Number(process.argv[2])

const record = (n: number) => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  createdAt: '2026-03-01T12:00:00.000Z',
  updatedAt: '2026-03-01T12:00:00.000Z',
  values: {
    iata: `A${n}`,
    name: `Airport number ${n} of a town with a longer name`,
    city: 'Ghent',
    latitude: '51.05345678',
    longitude: '3.72194444',
    runways: n % 7,
  },
})

const page = Buffer.from(
  JSON.stringify({
    data: Array.from({ length: RECORDS }, (_, n) => record(n)),
    meta: { total: RECORDS, limit: RECORDS, offset: 0 },
  }),
)
let inserts = 0

/** Written by hand, so that the bench does not depend on our decoder. */
function insert(body: string): Buffer {
  const fields: { columnName: string; value: string }[] = JSON.parse(body).fields
  const values = Object.fromEntries(fields.map(({ columnName, value }) => [columnName, value]))
  const date = new Date().toISOString()
  const made = { ...record(inserts++), createdAt: date, updatedAt: date, values }
  return Buffer.from(JSON.stringify({ data: [made], meta: { total: 1, limit: 1, offset: 0 } }))
}

const tables = Buffer.from(
  JSON.stringify({
    data: [
      {
        id: 'x',
        botId: 'b',
        name: 'x',
        description: '',
        columns: [
          { name: 'iata', type: 'text' },
          { name: 'name', type: 'text' },
          { name: 'city', type: 'text' },
          { name: 'latitude', type: 'numeric' },
          { name: 'longitude', type: 'numeric' },
          { name: 'runways', type: 'int' },
        ],
      },
    ],
  }),
)

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = bodyFor(request, Buffer.concat(chunks).toString())
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
})

function bodyFor({ method, url }: IncomingMessage, body: string): Buffer {
  if (method === 'POST') return insert(body)
  if (url?.endsWith('/tables') === true) return tables
  return stored === undefined ? page : pageOf(url ?? '', stored + inserts)
}

function pageOf(url: string, total: number): Buffer {
  const { searchParams } = new URL(url, 'http://sink')
  const offset = Number(searchParams.get('offset') ?? 0)
  const limit = Number(searchParams.get('limit') ?? RECORDS)
  const length = Math.max(0, Math.min(limit, total - offset))
  const data = Array.from({ length }, (_, n) => record(offset + n))
  return Buffer.from(JSON.stringify({ data, meta: { total, limit, offset } }))
}

server.keepAliveTimeout = 60_000

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
process.stdin.resume().on('end', () => {
  server.closeAllConnections()
  server.close()
})
