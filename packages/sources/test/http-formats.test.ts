import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HttpSettings } from '../src/http/http-settings.ts'
import { type ApiAnswer, type HttpApi, startHttpApi } from './http-api.ts'
import { linesOf, readApi } from './http-reading.ts'

let api: HttpApi
beforeAll(async () => {
  api = await startHttpApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})
beforeEach(() => {
  api.routes.clear()
  api.compression = undefined
})

async function read(answer: string | ApiAnswer, settings: HttpSettings = {}, path = '/list') {
  api.routes.set(path, () => (typeof answer === 'string' ? { body: answer } : answer))
  return await readApi(api.origin + path, settings)
}

async function failureOf(answer: string | ApiAnswer, settings?: HttpSettings, path?: string) {
  const error: unknown = await read(answer, settings, path).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  return error as Error & { hint?: string }
}

describe('JSON', () => {
  it('keeps the text of every row', async () => {
    const rows = [
      '{"a":1.10,"a":12345678901234567890,"o":{"x":[1e400,-0.0]},"t":"\\u00e9\\n[{"}',
      '{}',
    ]
    expect(linesOf(await read(`[${rows.join(',')}]`))).toEqual(rows)
  })

  it('has each row on one line', async () => {
    const text = JSON.stringify([{ a: 'x\ny', b: [1, { c: 'é' }] }, { a: null }], null, 2)
    const lines = linesOf(await read(text.replaceAll('\n', '\r\n')))
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(text))
  })

  it.each([
    ['{"ok":true,"items":[{"a":1}],"tags":["x"],"meta":{"errors":[]}}', '/items'],
    ['{"data":{"shop":{"products":[{"a":1}]}}}', '/data/shop/products'],
    ['{"x":[],"data":[{"a":1}]}', '/data'],
    ['{"a/b":{"~":[{"a":1}]}}', '/a~1b/~0'],
    ['\ufeff {"items" : [ {"a":1} ] }', '/items'],
  ])('is searched for the only list of objects: %s', async (body, at) => {
    const { text, notes } = await read(body)
    expect(text).toBe('{"a":1}\n')
    expect(notes).toEqual([`rows are from the list at ${at}`])
    expect((await read(body, { rows: at })).text).toBe('{"a":1}\n')
  })

  it.each([
    ['{"a":[{"x":1}],"b":[{"y":1}]}', 'there are several lists of objects, at /a and /b'],
    ['{"included":[{"x":1}],"data":[]}', 'there are several lists: /included, /data'],
    ['{"a":[],"b":[]}', 'there are several lists: /a, /b'],
    ['{"name":"x"}', 'there is no list of objects in the response: {"name":"x"}'],
    ['[1,2]', 'there is no list of objects'],
    ['"text"', 'there is no list of objects'],
  ])('needs a pointer otherwise: %s', async (body, problem) => {
    const error = await failureOf(body)
    expect(error.message).toContain(problem)
    expect(error.hint).toContain('JSON pointer')
  })

  it.each([
    ['/data/items', 'there is nothing at /data/items: /data is an object with rows'],
    ['/data/rows/0', '/data/rows/0 is an object with a'],
    ['/name', '/name is a text'],
    ['', 'the response is an object with data, name'],
    ['/data/rows/7', 'there is nothing at /data/rows/7: /data/rows is a list'],
    ['data', 'is not a JSON pointer'],
    ['/a~2', 'is not a JSON pointer'],
  ])('reports what is at a pointer instead: %s', async (rows, problem) => {
    const error = await failureOf('{"data":{"rows":[{"a":1}]},"name":"x"}', { rows })
    expect(error.message).toContain(problem)
  })

  it.each([
    ['{"error":{"code":"expired"},"items":[]}', 'the API reports an error: {"error":{"code"'],
    ['{"success":false,"message":"slow down","items":[]}', 'the API reports an error'],
    ['{"ok":false}', 'the API reports an error'],
    ['{"status":"error","data":[]}', 'the API reports an error'],
    ['{"items":[{"a":1}],"errors":[{"b":1}]}', 'the API reports an error'],
    ['[{"a":1},{"b":}]', 'item 2 of the list: this is not JSON'],
    ['[{"a":1},2]', 'item 2 of the list: a row is an object, not a number'],
    ['{"items":[{"a":1}] oops}', 'the response is not JSON'],
    ['[{"a":1}]]', 'the response is not JSON'],
    ['{"a":1}\n{"a":2}\n', 'a second JSON value follows the first'],
    ['', 'the response is empty'],
    [' \n', 'the response is empty'],
    ['<html><title>Sign in</title>', 'the response is an HTML page titled "Sign in", not data'],
  ])('is an error otherwise: %s', async (body, problem) => {
    expect((await failureOf(body)).message).toContain(problem)
  })

  it('may hold errors that are no errors', async () => {
    const body = '{"error":null,"errors":[],"success":true,"items":[{"error":"x"}]}'
    expect((await read(body)).text).toBe('{"error":"x"}\n')
  })

  it('shows no control characters of a response', async () => {
    const { message } = await failureOf({ status: 400, body: '\u001b[2J\u202eoops\u0007' })
    expect(message).toContain('\\u001b[2J\\u202eoops\\u0007')
  })
})

describe('a response that is not all', () => {
  it.each([
    ['{"items":[{"a":1}],"next":"https://x.example/2"}', 'at /next', '--paging next,at=/next,'],
    [
      '{"items":[{"a":1}],"paging":{"next_cursor":"abc"}}',
      'at /paging/next_cursor',
      'cursor,at=/paging/next_cursor,',
    ],
    ['{"items":[{"a":1}],"has_more":true}', '/has_more is true', '--paging page,more=/has_more'],
    ['{"items":[{"a":1}],"count":9}', '/count is 9, and there are 1 rows', 'page,total=/count'],
    [
      '{"items":[{"a":1}],"meta":{"total_pages":3}}',
      '/meta/total_pages is 3',
      'page,total-pages=/meta/total_pages',
    ],
    [
      '{"value":[{"a":1}],"@odata.nextLink":"x?y"}',
      'at /@odata.nextLink',
      'cursor,at=/@odata.nextLink',
    ],
    ['{"items":[{"a":1}],"meta":{"per_page":1}}', '/meta/per_page is 1', 'page, offset or link'],
    ['{"data":[{"a":1}],"links":{"next":{"href":"/x"}}}', 'at /links/next', 'next,at=/links/next'],
  ])('is an error until paging is set: %s', async (body, found, suggestion) => {
    const error = await failureOf(body)
    expect(error.message).toContain('the API seems to have more pages')
    expect(error.message).toContain(found)
    expect(error.hint).toContain(suggestion)
    expect(error.hint).toContain('or --paging none if')
    expect((await read(body, { paging: { style: 'none' } })).text).toBe('{"a":1}\n')
  })

  it.each(['limit', 'page[size]', '$top', 'per_page'])(
    'may be as long as asked for: %s',
    async (name) => {
      api.routes.set('/list', () => ({ body: '[{"a":1},{"a":2}]' }))
      const address = `${api.origin}/list?${name}=2`
      await expect(readApi(address)).rejects.toThrow(
        `asks for ${name}=2, and there are as many rows`,
      )
      expect(linesOf(await readApi(`${api.origin}/list?${name}=3`))).toHaveLength(2)
      expect(linesOf(await readApi(address, { paging: { style: 'link' } }))).toHaveLength(2)
    },
  )

  it('is suspected where it has a round number of rows', async () => {
    const { notes } = await read(JSON.stringify(Array(100).fill({ a: 1 })))
    expect(notes).toEqual(['the API sent exactly 100 rows; if it has more, pass --paging'])
  })

  it('is recognized by headers', async () => {
    const error = await failureOf({ body: '[{"a":1}]', headers: { 'X-Total-Count': '5' } })
    expect(error.message).toContain('the header x-total-count is 5')
  })

  it.each([
    '{"items":[{"a":1}],"next":null,"count":1,"has_more":false,"page":1}',
    '[{"next":"x"}]',
  ])('is not seen in a whole one: %s', async (body) => {
    expect(linesOf(await read(body))).toHaveLength(1)
  })
})

describe('the format', () => {
  const csv = 'a,b\n1,"x\ny"\n'
  it.each<[string, ApiAnswer, string, HttpSettings?]>([
    ['/list', { body: csv, headers: { 'content-type': 'text/csv; header=present' } }, 'csv'],
    ['/list', { body: 'a\tb\n', headers: { 'content-type': 'text/tab-separated-values' } }, 'tsv'],
    ['/list.csv', { body: csv, headers: { 'content-type': 'application/octet-stream' } }, 'csv'],
    ['/list.csv', { body: csv, headers: { 'content-type': 'text/plain' } }, 'csv'],
    ['/list.jsonl', { body: '{"a":1}\n', headers: { 'content-type': 'text/plain' } }, 'ndjson'],
    ['/list', { body: '{"a":1}\n', headers: { 'content-type': 'application/x-ndjson' } }, 'ndjson'],
    [
      '/list',
      { body: '[{"a":1}]', headers: { 'content-type': 'application/vnd.api+json' } },
      'ndjson',
    ],
    ['/list', { body: '[{"a":1}]', headers: { 'content-type': 'text/html' } }, 'ndjson'],
    ['/list', { body: csv }, 'csv', { format: 'csv' }],
  ])('is found: %s %o', async (path, answer, format, settings) => {
    const found = await read(answer, settings, path)
    expect(found.format).toBe(format)
    if (format === 'csv') expect(found.text).toBe(csv)
  })

  it('is an error if it is unknown', async () => {
    const answer = { body: 'hello', headers: { 'content-type': 'text/plain' } }
    expect((await failureOf(answer)).message).toContain(
      'the format of the response is unknown (text/plain)',
    )
    expect((await failureOf({ status: 204, body: '' })).message).toContain('responded with 204')
    const fault = { body: '{"error":"x"}', headers: { 'content-type': 'text/csv' } }
    expect((await failureOf(fault)).message).toContain('the response is not CSV')
  })

  it.each(['gzip', 'br', 'deflate', 'deflate-raw'] as const)(
    'may be compressed: %s',
    async (by) => {
      api.compression = by
      expect((await read('[{"a":"é"}]')).text).toBe('{"a":"é"}\n')
    },
  )

  it('has limits', async () => {
    const zeros = `[{"a":"${'0'.repeat(70_000_000)}"}]`
    api.compression = 'br'
    expect((await failureOf(zeros)).message).toContain('grows to more than 500 times')
    api.compression = undefined
    const error = await failureOf('[{"a":1},{"a":2}]', { maxBytes: 10 })
    expect(error.message).toContain('larger than the limit')
  })

  it('has the charset that is needed', async () => {
    const type = (charset: string) => ({ 'content-type': `text/csv; charset=${charset}` })
    api.routes.set('/latin', () => ({ body: 'a\né\n', headers: type('iso-8859-1') }))
    expect((await readApi(`${api.origin}/latin`)).text).toBe('a\né\n')
    for (const charset of ['iso-8859-1', 'utf-8', 'windows-1251']) {
      const text = charset === 'windows-1251' ? 'б' : 'é'
      const bytes =
        { 'iso-8859-1': [0xe9], 'utf-8': [0xc3, 0xa9], 'windows-1251': [0xe1] }[charset] ?? []
      const start = `[{"a":"${'x'.repeat(5000)}`
      const body = Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from('"}]')])
      const headers = { 'content-type': `application/json; charset=${charset}` }
      expect((await read({ body, headers })).text).toContain(`x${text}"`)
    }
    const error = await failureOf({ body: 'a\n', headers: type('klingon') })
    expect(error.message).toContain('the charset "klingon", which does not exist')
  })
})

describe('pages of CSV', () => {
  const headers = (next: number | undefined) => ({
    'content-type': 'text/csv',
    ...(next !== undefined && { link: `<?page=${next}>; rel="next"` }),
  })

  function serve(pages: readonly string[]): void {
    api.routes.set('/csv', ({ query }) => {
      const page = Number(query.get('page') ?? 0)
      return {
        body: pages[page] ?? '',
        headers: headers(page + 1 < pages.length ? page + 1 : undefined),
      }
    })
  }

  it('have the header once, and a line end between them', async () => {
    serve(['\ufeffa,b\n1,"x\n"\n2,y', '\ufeffa,b\r\n3,z', 'a,b', 'a,b\n4,w\n'])
    expect((await readApi(`${api.origin}/csv`)).text).toBe('\ufeffa,b\n1,"x\n"\n2,y\n3,z\n4,w\n')
  })

  it('must have the same header', async () => {
    serve(['a,b\n1,2\n', 'b,a\n2,1\n'])
    await expect(readApi(`${api.origin}/csv`)).rejects.toThrow(
      'page 2: the header "b,a" is not that of the first page, "a,b"',
    )
  })

  it('end at one without rows, by the number of rows', async () => {
    const rows = Array.from({ length: 7 }, (_, id) => `${id},"a ""${id}""\n"\n`)
    api.routes.set('/csv', ({ query }) => {
      const from = Number(query.get('offset'))
      return {
        body: `id,text\n${rows.slice(from, from + 3).join('')}`,
        headers: headers(undefined),
      }
    })
    const { text } = await readApi(`${api.origin}/csv`, { paging: { style: 'offset' } })
    expect(text).toBe(`id,text\n${rows.join('')}`)
  })

  it('are one list, wherever it is cut into pages', async () => {
    const cell = fc.string().map((text) => `"${text.replaceAll('"', '""')}"`)
    const row = fc.tuple(cell, cell).map((cells) => `${cells.join(',')}\n`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        async (pages) => {
          // Pages that are equal are an error.
          const rows = pages.map((page, number) => page.map((text) => `${number},${text}`))
          serve(rows.map((page) => `n,a,b\n${page.join('')}`))
          expect((await readApi(`${api.origin}/csv`)).text).toBe(`n,a,b\n${rows.flat().join('')}`)
        },
      ),
      { numRuns: 30 },
    )
  })
})
