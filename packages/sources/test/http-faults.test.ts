import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openHttp } from '../src/http/open-http.ts'
import { SideError } from '../src/side-error.ts'
import { type Fault, type HttpApi, startHttpApi } from './http-api.ts'
import { linesOf, readApi } from './http-reading.ts'

let api: HttpApi
beforeAll(async () => {
  api = await startHttpApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})
beforeEach(() => {
  const rows = Array.from({ length: 7 }, (_, id) => `{"id":${id},"name":"Store ${id}"}`)
  Object.assign(api, { rows, style: 'github', size: 3, faults: [], hasTags: false })
  api.requests.length = 0
})

async function failureOf(reading: Promise<unknown>): Promise<SideError> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SideError)
  return error as SideError
}

describe('a request that fails', () => {
  it('is sent again, and is reported', async () => {
    api.faults = [undefined, { kind: 'status', status: 503 }, { kind: 'reset' }]
    const read = await readApi(api.url)
    expect(linesOf(read)).toEqual(api.rows)
    expect(read.retries).toEqual([
      expect.stringMatching(/products, page 2: the API responded with 503: .*; waiting [\d.]+ s$/),
      expect.stringMatching(/page 2: the connection broke \(\w+\); waiting [\d.]+ s$/),
    ])
  })

  it('waits as long as the API asks, in seconds or until a date', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString()
    api.faults = [
      { kind: 'status', status: 429, retryAfter: '7' },
      { kind: 'status', status: 429, retryAfter: date },
    ]
    const { waits } = await readApi(api.url)
    expect(waits[0]).toBe(7000)
    expect(Math.abs((waits[1] ?? 0) - 90_000)).toBeLessThan(5000)
  })

  it('ends with an error that states a wait that is too long', async () => {
    api.faults = [{ kind: 'status', status: 429, retryAfter: '3600' }]
    const error = await failureOf(readApi(api.url))
    expect(error.message).toContain('responded with 429')
    expect(error.message).toContain('asks to wait 3600 s')
  })

  it('ends with an error after six attempts', async () => {
    api.faults = Array<Fault>(9).fill({ kind: 'status', status: 500 })
    const error = await failureOf(readApi(api.url))
    expect(error.message).toContain('(tried 6 times)')
    // The caller would begin again.
    expect(error.isTransient).toBe(false)
    expect(api.requests).toHaveLength(6)
  })

  it('is tried thrice where nothing responds', async () => {
    const gone = await startHttpApi()
    await gone[Symbol.asyncDispose]()
    const retries: string[] = []
    const onRetry = (reason: string) => retries.push(reason)
    const error = await failureOf(readApi(gone.url, {}, { onRetry }))
    expect(error.code).toBe('SIDE_UNREACHABLE')
    expect(error.message).toContain('the connection was refused (ECONNREFUSED) (tried 3 times)')
    expect(retries).toHaveLength(2)
  })

  it('is not sent again where that does not help', async () => {
    api.faults = [{ kind: 'status', status: 404 }]
    const error = await failureOf(readApi(api.url))
    expect([error.code, error.isTransient]).toEqual(['SIDE_FAILED', false])
    expect(error.hint).toBe('Check the address.')
    expect(api.requests).toHaveLength(1)
    api.faults = [undefined, { kind: 'status', status: 404 }]
    expect((await failureOf(readApi(api.url))).hint).toContain('add end-status=404 to --paging')
  })
})

describe('a body that breaks in the middle', () => {
  const rows = Array.from({ length: 3000 }, (_, id) => `{"id":${id},"text":"${'x'.repeat(200)}"}`)

  it.each<Fault>([
    { kind: 'reset-body', part: 0.7 },
    { kind: 'reset-body', part: 0.7, chunked: true },
    { kind: 'short', part: 0.9999 },
    { kind: 'bad-chunk', part: 0.5 },
    { kind: 'short-gzip' },
  ])('is continued with each row once: $kind', async (fault) => {
    Object.assign(api, { rows, size: 10_000, faults: [fault] })
    const read = await readApi(api.url)
    expect(linesOf(read)).toEqual(rows)
    expect(read.retries).toHaveLength(1)
  })

  it('is an error when rows that were passed on have changed', async () => {
    Object.assign(api, { rows, size: 10_000, faults: [{ kind: 'reset-body', part: 0.7 }] })
    const onRetry = () => {
      api.rows = rows.toSpliced(3, 1)
    }
    const error = await failureOf(readApi(api.url, {}, { onRetry }))
    expect(error.message).toContain('broke in the middle, and had changed when it was read again')
    expect(error.isTransient).toBe(true)
  })

  it('is continued in CSV too', async () => {
    const body = `a,b\n${rows.map((_, id) => `${id},"x\ny ${id} ${'z'.repeat(100)}"`).join('\n')}`
    api.routes.set('/csv', () => ({ body, headers: { 'content-type': 'text/csv' } }))
    api.faults = [
      { kind: 'reset-body', part: 0.9 },
      { kind: 'short', part: 0.5 },
    ]
    expect((await readApi(`${api.origin}/csv`)).text).toBe(body)
  })

  it('is an error where it would look complete', async () => {
    api.routes.set('/csv', () => ({
      body: 'a\n1\n',
      headers: { 'content-type': 'text/csv', connection: 'close', 'transfer-encoding': 'identity' },
    }))
    const error = await failureOf(readApi(`${api.origin}/csv`))
    expect(error.message).toContain('does not state its length')
  })
})

describe('a body that is not read to its end', () => {
  it('does no harm', async () => {
    const row = `{"text":"${'x'.repeat(10_000)}"}`
    Object.assign(api, { rows: [row, '5', ...Array<string>(3000).fill(row)], size: 9999 })
    await expect(readApi(api.url)).rejects.toThrow('item 2 of the list: a row is an object')
    api.faults = [{ kind: 'stall', part: 0.5 }]
    api.rows = Array<string>(3000).fill(row)
    const side = await openHttp({ address: api.url, env: {} })
    const reading = await side.read()
    for await (const _ of reading.bytes()) break
    await reading[Symbol.asyncDispose]()
  })
})

describe('a server that does not go on', () => {
  it.each<[Fault, object, string]>([
    [{ kind: 'hang' }, { headersTimeoutMs: 30 }, 'no response in time'],
    [{ kind: 'stall', part: 0.5 }, { idleTimeoutMs: 30 }, 'the response stopped in the middle'],
  ])('is given up after a time: %o', async (fault, settings, sentence) => {
    api.faults = [fault]
    const read = await readApi(api.url, settings)
    expect(linesOf(read)).toEqual(api.rows)
    expect(read.retries).toEqual([expect.stringContaining(sentence)])
  })

  it('ends all when the time for all has passed', async () => {
    api.faults = [{ kind: 'hang' }]
    const error = await failureOf(readApi(api.url, { timeoutMs: 50 }))
    expect(error.message).toContain('was not read within 0.05 s')
  })

  it('ends when the caller gives up', async () => {
    api.faults = [{ kind: 'hang' }]
    const controller = new AbortController()
    const side = await openHttp({ address: api.url, env: {}, signal: controller.signal })
    const reading = side.read()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })
})

describe('a list that changes while it is read', () => {
  it('is an error where the API states the number of rows', async () => {
    Object.assign(api, { style: 'offsetWithTotal' })
    api.faults = [undefined, { kind: 'status', status: 500 }]
    const onRetry = () => {
      api.rows = api.rows.slice(1)
    }
    const settings = {
      paging: {
        style: 'offset',
        parameter: 'skip',
        sizeParameter: 'take',
        size: 3,
        total: '/meta/total',
      },
    } as const
    const error = await failureOf(readApi(api.url, settings, { onRetry }))
    expect(error.message).toContain(
      'the list changed while it was read: /meta/total was 7, and is now 6',
    )
    expect(error.isTransient).toBe(true)
  })

  it('is an error where pages have fewer rows than stated', async () => {
    const body = '{"total":5,"rows":[{"a":1},{"a":2}]}'
    api.routes.set('/few', () => ({ body }))
    const error = await failureOf(
      readApi(`${api.origin}/few`, { paging: { style: 'none', total: '/total' } }),
    )
    expect(error.message).toContain('states 5 rows, and its pages have 2')
  })
})

describe('pages that do not end', () => {
  it('are an error where a link repeats', async () => {
    let page = 0
    api.routes.set('/loop', () => {
      page += 1
      return {
        body: `[{"page":${page}}]`,
        headers: { link: `<${api.origin}/loop?page=${(page % 3) + 1}>; rel="next"` },
      }
    })
    const error = await failureOf(readApi(`${api.origin}/loop?page=1`))
    expect(error.message).toContain('the next page was read before')
  })

  it('are an error where a cursor repeats', async () => {
    let page = 0
    api.routes.set('/cursor', () => {
      page += 1
      return { body: `{"next":"same","rows":[{"page":${page}}]}` }
    })
    const error = await failureOf(
      readApi(`${api.origin}/cursor`, {
        paging: { style: 'cursor', at: '/next', parameter: 'after' },
      }),
    )
    expect(error.message).toContain('the next page was read before')
  })

  it('are an error where the API does not know the parameter', async () => {
    const error = await failureOf(
      readApi(api.url, { paging: { style: 'page', parameter: 'pagina' } }),
    )
    expect(error.message).toContain('the same rows as the one before')
    expect(error.hint).toContain('may not know the parameter pagina')
  })

  it('are an error after the most pages', async () => {
    await expect(readApi(api.url, { maxPages: 2 })).rejects.toThrow('more than 2 pages')
  })
})
