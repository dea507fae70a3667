import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Emulator, FaultInput } from '../src/index.ts'
import { act, basic, column, insert, pathOf, send, start } from './support.ts'

const table = {
  name: 't',
  columns: [{ name: 'a', type: 'text' }],
  records: Array.from({ length: 20 }, (_, index) => ({ a: String(index) })),
}

let emulator: Emulator

beforeEach(async () => {
  emulator = await start({ tables: [table] })
})

/** Inserts until `enough`: the status and text, or the name of what went wrong. */
async function tryInsert(
  enough: () => boolean = () => false,
): Promise<{ status?: number; text?: string; failed?: string }> {
  const giveUp = new AbortController()
  let status: number | undefined
  const insertion = request(`${emulator.url}${pathOf(emulator, 't')}/action?version=DRAFT`, {
    method: 'POST',
    headers: { authorization: basic(emulator.token), 'content-type': 'application/json' },
    body: '{"type":"INSERT","fields":[{"columnName":"a","value":"new"}]}',
    signal: giveUp.signal,
  })
    .then(async (answer) => {
      status = answer.statusCode
      return { status, text: await answer.body.text() }
    })
    .catch((error: NodeJS.ErrnoException) => {
      const failed = error.name === 'AbortError' ? error.name : (error.code ?? error.name)
      return status === undefined ? { failed } : { status, failed }
    })
  let settled = false
  void insertion.then(() => {
    settled = true
  })
  while (!settled && !enough()) await new Promise(setImmediate)
  giveUp.abort()
  return insertion
}

/** What the log states of the latest request. */
function latest() {
  return emulator.requests.log.at(-1)
}

function added(): number {
  return emulator.tables.count('t') - table.records.length
}

function read() {
  return send(emulator, `${pathOf(emulator, 't')}/data?version=DRAFT`)
}

describe('before and after the commit', () => {
  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a status %s it', async (when, records) => {
    emulator.faults.set([{ kind: 'status', status: 502, when }])
    const answer = await insert(emulator, 't', { a: 'new' })
    expect(answer.status).toBe(502)
    expect(answer.json).toEqual({ message: 'Bad Gateway', error: 'Bad Gateway', statusCode: 502 })
    expect(added()).toBe(records)
    expect(latest()).toMatchObject({
      operation: 'performTableAction',
      action: 'INSERT',
      status: 502,
      fault: 'status',
      done: records === 1,
    })
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a reset connection %s it', async (when, records) => {
    emulator.faults.set([{ kind: 'reset', when }])
    expect(await tryInsert()).toEqual({ failed: 'ECONNRESET' })
    expect(added()).toBe(records)
    expect(latest()).toMatchObject({ status: undefined, fault: 'reset' })
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a hang %s it', async (when, records) => {
    emulator.faults.set([{ kind: 'hang', when }])
    const answer = await tryInsert(() => latest()?.fault === 'hang')
    expect(answer).toEqual({ failed: 'AbortError' })
    expect(added()).toBe(records)
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a cut body %s it', async (when, records) => {
    emulator.faults.set([{ kind: 'cut-body', when }])
    expect(await tryInsert()).toEqual({ status: 200, failed: 'UND_ERR_SOCKET' })
    expect(added()).toBe(records)
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a malformed body %s it', async (when, records) => {
    emulator.faults.set([{ kind: 'malformed-body', when }])
    const { status, text = '' } = await tryInsert()
    expect(status).toBe(200)
    expect(text).toMatch(/^\{"data":\[/)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    expect(added()).toBe(records)
  })

  test.each([
    ['before', 502, 0],
    ['after', 200, 1],
  ] as const)('an HTML page %s it, with status %i', async (when, status, records) => {
    emulator.faults.set([{ kind: 'html', status, when }])
    const answer = await insert(emulator, 't', { a: 'new' })
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.text).toMatch(/^<!DOCTYPE html>/)
    expect(added()).toBe(records)
  })

  test('body faults strike after the commit unless said', async () => {
    for (const kind of ['cut-body', 'malformed-body', 'html'] as const) {
      emulator.faults.set([{ kind }])
      await tryInsert()
    }
    expect(added()).toBe(3)
  })

  test('the others strike before it unless said', async () => {
    for (const kind of ['status', 'reset', 'hang'] as const) {
      emulator.faults.set([{ kind }])
      await tryInsert(() => latest()?.fault === 'hang')
    }
    expect(added()).toBe(0)
  })
})

describe('latency', () => {
  test('makes each request take its time', async () => {
    emulator.faults.set([
      { kind: 'latency', ms: 60 },
      { kind: 'latency', ms: { min: 20, max: 30 } },
    ])
    const begun = performance.now()
    expect((await read()).status).toBe(200)
    // A timer may fire a millisecond early; how late is the machine's affair.
    expect(performance.now() - begun).toBeGreaterThan(75)
  })

  test('before the commit drops a request whose client has gone', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 1000 }])
    expect(await tryInsert(() => latest() !== undefined)).toEqual({ failed: 'AbortError' })
    await wait(1100)
    expect(added()).toBe(0)
    expect(latest()).toMatchObject({ done: false, status: undefined })
  })

  test('after the commit leaves it standing', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 1000, when: 'after' }])
    expect(await tryInsert(() => latest()?.done === true)).toEqual({ failed: 'AbortError' })
    expect(added()).toBe(1)
  })
})

test('a slow drip sends the whole body, in pieces', async () => {
  emulator.faults.set([{ kind: 'slow-drip', ms: 100 }])
  const answer = await request(`${emulator.url}${pathOf(emulator, 't')}/data?version=DRAFT`, {
    headers: { authorization: basic(emulator.token) },
  })
  let pieces = 0
  let text = ''
  for await (const piece of answer.body) {
    pieces += 1
    text += piece
  }
  expect(JSON.parse(text).data).toHaveLength(20)
  expect(text.length).toBe(Number(answer.headers['content-length']))
  expect(pieces).toBeGreaterThan(3)
})

test('an unstable order shuffles one read after the other', async () => {
  emulator.faults.set([{ kind: 'unstable-order' }])
  const orders = new Set<string>()
  for (let round = 0; round < 4; round += 1) orders.add(column(await read(), 'a').join())
  expect(orders.size).toBe(4)
  emulator.faults.clear()
  expect(column(await read(), 'a')[7]).toBe('7')
})

describe('a rate limit', () => {
  const burst = async (fault: FaultInput) => {
    emulator.faults.set([fault])
    const answers = await Promise.all(Array.from({ length: 5 }, () => insert(emulator, 't', {})))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(added()).toBe(5 - refused.length)
    return { refused: refused[0]!, allowed: answers.find(({ status }) => status === 200)! }
  }

  test.each(['window', 'bucket'] as const)('rejects what is too much (%s)', async (algorithm) => {
    const { refused } = await burst({ kind: 'rate-limit', perSecond: 1, algorithm })
    expect(refused.json).toEqual({
      message: 'Too Many Requests',
      error: 'Too Many Requests',
      statusCode: 429,
    })
    expect(refused.headers['retry-after']).toBe('1')
    expect(emulator.requests.counts.faults['rate-limit']).toBeGreaterThan(0)
  })

  test('sends nothing more when set so', async () => {
    const { refused } = await burst({ kind: 'rate-limit', perSecond: 1, headers: 'none' })
    expect(Object.keys(refused.headers).filter((name) => /retry|ratelimit/.test(name))).toEqual([])
  })

  test('states the date to come back', async () => {
    const { refused, allowed } = await burst({
      kind: 'rate-limit',
      perSecond: 1,
      headers: 'retry-after-date',
    })
    expect(refused.headers['retry-after']).toMatch(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/)
    expect(allowed.headers['retry-after']).toBeUndefined()
  })

  test.each([
    ['x-ratelimit-seconds', /^1$/],
    ['x-ratelimit-ms', /^(\d{1,3}|1000)$/],
  ] as const)('reports its state with every response (%s)', async (headers, reset) => {
    const { refused, allowed } = await burst({ kind: 'rate-limit', perSecond: 1, headers })
    for (const answer of [refused, allowed]) {
      expect(answer.headers['x-ratelimit-limit']).toBe('1')
      expect(answer.headers['x-ratelimit-remaining']).toBe('0')
      expect(answer.headers['x-ratelimit-reset']).toMatch(reset)
    }
  })
})

describe('which requests', () => {
  test('by operation', async () => {
    emulator.faults.set([{ kind: 'status', operations: ['getTableData'] }])
    expect((await read()).status).toBe(503)
    expect((await insert(emulator, 't', {})).status).toBe(200)
    expect((await send(emulator, pathOf(emulator))).status).toBe(200)
  })

  test('by action, which spares every other operation', async () => {
    emulator.faults.set([{ kind: 'status', actions: ['INSERT', 'DELETE'] }])
    expect((await insert(emulator, 't', {})).status).toBe(503)
    expect((await act(emulator, 't', { type: 'SELECT' })).status).toBe(200)
    expect((await read()).status).toBe(200)
  })

  test('only a number of times', async () => {
    emulator.faults.set([{ kind: 'status', times: 2 }])
    const statuses = []
    for (let round = 0; round < 4; round += 1) statuses.push((await read()).status)
    expect(statuses).toEqual([503, 503, 200, 200])
    expect(emulator.faults.list()).toEqual([
      { kind: 'status', status: 503, when: 'before', rate: 1, times: 2, hits: 2 },
    ])
  })

  test('one that is not well formed is rejected as ever, and no fault befalls it', async () => {
    emulator.faults.set([{ kind: 'status', times: 1 }])
    expect((await act(emulator, 't', { type: 'NO' })).status).toBe(400)
    expect((await send(emulator, '/nowhere')).status).toBe(404)
    expect((await read()).status).toBe(503)
  })

  test('the first fault that hits takes the answer', async () => {
    emulator.faults.set([{ kind: 'status', times: 1 }])
    emulator.faults.add({ kind: 'html' })
    expect((await read()).status).toBe(503)
    expect((await read()).status).toBe(502)
    expect(emulator.faults.list().map(({ hits }) => hits)).toEqual([1, 1])
  })
})

test('a share of the requests, the same ones for the same seed', async () => {
  const statuses = async (faultSeed: number) => {
    emulator = await start({
      tables: [table],
      faultSeed,
      faults: [{ kind: 'status', rate: 0.3 }],
    })
    const seen = []
    for (let round = 0; round < 60; round += 1) seen.push((await read()).status)
    return seen
  }
  const first = await statuses(7)
  expect(first.filter((status) => status === 503).length).toBeGreaterThan(8)
  expect(first.filter((status) => status === 503).length).toBeLessThan(30)
  expect(await statuses(7)).toEqual(first)
  expect(await statuses(8)).not.toEqual(first)
})

test('a fault that is none is rejected, and those that are set stay', () => {
  emulator.faults.set([{ kind: 'hang', rate: 0 }])
  for (const fault of [
    { kind: 'explosion' },
    { kind: 'status', status: 200 },
    { kind: 'reset', rate: 2 },
    { kind: 'hang', actions: [] },
    { kind: 'latency' },
    { kind: 'latency', ms: { min: 2, max: 1 } },
    { kind: 'cut-body', often: true },
  ]) {
    expect(() => emulator.faults.set([fault as FaultInput])).toThrow()
    expect(() => emulator.faults.add(fault as FaultInput)).toThrow()
  }
  expect(emulator.faults.list().map(({ kind }) => kind)).toEqual(['hang'])
})
