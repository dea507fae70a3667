import { basicAuthorization, type OperationId } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AuthenticationError,
  type ChatlayerError,
  GatewayError,
  NotFoundError,
  PermissionError,
  RateLimitedError,
  RejectedError,
  type RequestInfo,
  UnexpectedAnswerError,
} from '../errors.ts'
import { classifyAnswer, serverDateOf, writePlace } from './classify.ts'
import { FAILURE_KINDS, type Failure, failureError } from './failure.ts'
import { createRedactor } from './redact.ts'
import type { HeaderValues, TransportAnswer } from './transport.ts'

const token = 'abcdef0123456789abcdef01:Pa55wordPa55wordPa55wordPa55word'
const authorization = basicAuthorization(token)
const redact = createRedactor(authorization)
const now = Date.parse('2026-03-01T12:00:00Z')

const json = { 'content-type': 'application/json; charset=utf-8' }
const html = { 'content-type': 'text/html' }

function answer(status: number, body: unknown, headers: HeaderValues = json): TransportAnswer {
  return { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) }
}

function classify(
  operation: OperationId,
  given: TransportAnswer,
  options: { writes?: boolean; now?: number } = {},
) {
  return classifyAnswer(operation, given, { writes: false, redact, now, ...options })
}

function failureOf(given: TransportAnswer, options: { writes?: boolean } = {}): Failure {
  const result = classify('getTableData', given, options)
  if (result.ok) throw new Error('no failure')
  return result.failure
}

const request: RequestInfo = {
  operation: 'getTableData',
  action: undefined,
  method: 'GET',
  path: '/x',
  attempts: 1,
}

const errorOf = (failure: Failure): ChatlayerError =>
  failureError(failure, request, failure.executed)

const page = { data: [{ id: 'a', values: { n: 1 } }], meta: { total: 1 } }

describe('an answer that fits', () => {
  test('is the body itself, unknown fields kept', () => {
    const body = { ...page, more: true }
    expect(classify('getTableData', answer(200, body))).toEqual({ ok: true, body })
    expect(classify('getTableData', answer(206, page))).toEqual({ ok: true, body: page })
  })

  test('keeps integers that a double cannot hold', () => {
    const text = '{"data":[{"id":"a","values":{"n":9007199254740993}}]}'
    expect(classify('getTableData', answer(200, text))).toEqual({
      ok: true,
      body: { data: [{ id: 'a', values: { n: 9007199254740993n } }] },
    })
  })

  test('may begin with a byte order mark', () => {
    expect(classify('getTableData', answer(200, `\ufeff${JSON.stringify(page)}`)).ok).toBe(true)
  })

  test.each([
    [200, ''],
    [200, ' \n'],
    [204, ''],
  ])('of a write may be nothing: %s %j', (status, text) => {
    expect(classify('performTableAction', answer(status, text, {}), { writes: true })).toEqual({
      ok: true,
      body: {},
    })
    expect(classify('performTableAction', answer(status, text, {})).ok).toBe(false)
  })
})

describe('an answer that does not fit', () => {
  test('names the place and what was expected, without the values', () => {
    const failure = failureOf(answer(200, { data: [page.data[0], { id: 42, values: {} }] }))
    expect(failure).toMatchObject({ kind: 'misfit', executed: 'maybe', place: 'data[1].id' })
    expect(failure.message).toBe(
      "the gateway's response does not match the contract: data[1].id: expected string",
    )
    expect(failure.message).not.toContain('42')
    const error = errorOf(failure)
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
    expect(error).toMatchObject({ place: 'data[1].id', code: 'UNEXPECTED_ANSWER' })
  })

  test('names the body as a whole', () => {
    expect(failureOf(answer(200, [])).message).toContain('the body: expected object')
  })

  test.each([
    ['{"data":', json, 'a body that is not JSON'],
    ['', json, 'an empty body'],
    ['<!doctype html><title>Sign in</title>', html, 'an HTML page titled "Sign in"'],
    ['  <html><body>x', {}, 'an HTML page'],
  ])('is not JSON: %s', (text, headers, what) => {
    const failure = failureOf(answer(200, text, headers))
    expect(failure).toMatchObject({ kind: 'unreadable', executed: 'maybe', status: 200 })
    expect(failure.message).toBe(`the gateway responded 200 with ${what} where JSON was expected`)
    expect(errorOf(failure)).toBeInstanceOf(UnexpectedAnswerError)
  })
})

describe('a refusal', () => {
  test.each([
    [400, 'rejected', 'no', RejectedError],
    [401, 'unauthenticated', 'no', AuthenticationError],
    [403, 'forbidden', 'no', PermissionError],
    [404, 'missing', 'no', NotFoundError],
    [408, 'unavailable', 'maybe', GatewayError],
    [409, 'rejected', 'no', RejectedError],
    [413, 'rejected', 'no', RejectedError],
    [418, 'rejected', 'no', RejectedError],
    [422, 'rejected', 'no', RejectedError],
    [429, 'throttled', 'no', RateLimitedError],
    [500, 'unavailable', 'maybe', GatewayError],
    [501, 'faulty', 'maybe', GatewayError],
    [502, 'unavailable', 'maybe', GatewayError],
    [503, 'unavailable', 'maybe', GatewayError],
    [504, 'unavailable', 'maybe', GatewayError],
    [505, 'faulty', 'maybe', GatewayError],
    [599, 'unavailable', 'maybe', GatewayError],
    [301, 'redirect', 'maybe', GatewayError],
    [307, 'redirect', 'maybe', GatewayError],
    [600, 'faulty', 'maybe', GatewayError],
  ] as const)('%s: %s, executed: %s', (status, kind, executed, Refusal) => {
    const failure = failureOf(answer(status, { message: 'words' }))
    expect(failure).toMatchObject({ kind, executed, status, gatewayMessage: 'words' })
    expect(failure.message).toContain(`(${status}): words`)
    expect(failure.hint).not.toBe('')
    const error = errorOf(failure)
    expect(error).toBeInstanceOf(Refusal)
    expect(error.executed).toBe(executed)
    if (status !== 404) expect(error).toMatchObject({ status, gatewayMessage: 'words' })
  })

  test('quotes the gateway’s words from each form of its error body', () => {
    const words = (body: unknown) => failureOf(answer(400, body)).gatewayMessage
    expect(words({ message: 'one', error: 'Bad Request', statusCode: 400 })).toBe('one')
    expect(words({ message: ['one', 'two'] })).toBe('one; two')
    expect(words({ error: 'Bad Request' })).toBe('Bad Request')
    expect(words({})).toBeUndefined()
    expect(words('no JSON')).toBeUndefined()
    expect(words('')).toBeUndefined()
  })

  test('quotes them short, with controls escaped and the token masked', () => {
    const message = `\u001b[31m${token} ${authorization} ${'x'.repeat(1000)}`
    const failure = failureOf(answer(400, { message }))
    expect(failure.gatewayMessage).toHaveLength(300)
    expect(failure.message).toContain('\\u{1b}[31m[redacted] Basic [redacted]')
    expect(failure.message).not.toContain('Pa55word')
  })

  test('with an HTML page says so, and its title', () => {
    const text = `<html><head><title lang="en">502\n Bad\u0007 Gateway ${token}</title>`
    const failure = failureOf(answer(502, text, html))
    expect(failure.message).toBe(
      'the gateway failed (502), with an HTML page titled "502 Bad\\u{7} Gateway [redacted]"',
    )
    expect(failure.gatewayMessage).toBeUndefined()
    const long = failureOf(answer(502, `<title>${'t'.repeat(5000)}</title>`, html)).message
    expect(long.length).toBeLessThan(200)
    expect(failureOf(answer(502, '<p>', html)).message).toBe(
      'the gateway failed (502), with an HTML page',
    )
  })

  test('reports how long the gateway asks to wait', () => {
    const throttled = (headers: HeaderValues) => failureOf(answer(429, '', headers))
    const failure = throttled({ 'retry-after': '3' })
    expect(failure.retryAfter).toEqual({ atLeastMs: 3000, atMostMs: 3000 })
    expect(errorOf(failure)).toMatchObject({ retryAfterMs: 3000, status: 429 })
    expect(throttled({}).retryAfter).toBeUndefined()
    expect(errorOf(throttled({}))).toMatchObject({ retryAfterMs: undefined })
  })

  test('reads a date by the gateway’s clock when ours is another', () => {
    const at = (date: string | undefined, retryAfter: string) =>
      failureOf(answer(429, '', { date, 'retry-after': retryAfter })).retryAfter?.atLeastMs
    // Ours is an hour behind: without the Date header it would wait an hour and two seconds.
    expect(at('Sun, 01 Mar 2026 13:00:00 GMT', 'Sun, 01 Mar 2026 13:00:02 GMT')).toBe(2000)
    expect(at(undefined, 'Sun, 01 Mar 2026 12:00:02 GMT')).toBe(2000)
    // Our clock agrees to the second, and is finer.
    const half = classifyAnswer(
      'getTableData',
      answer(429, '', {
        date: 'Sun, 01 Mar 2026 12:00:00 GMT',
        'retry-after': 'Sun, 01 Mar 2026 12:00:02 GMT',
      }),
      { writes: false, redact, now: now + 900 },
    )
    expect(half.ok ? undefined : half.failure.retryAfter?.atLeastMs).toBe(1100)
  })
})

test('every kind of failure becomes an error that says what to do', () => {
  for (const kind of FAILURE_KINDS) {
    const error = failureError(
      { kind, executed: 'no', message: 'm', hint: 'h', status: 418 },
      request,
      'maybe',
    )
    expect(error).toMatchObject({ message: 'm', hint: 'h', request, executed: 'maybe' })
  }
})

test('the place in a body', () => {
  expect(writePlace(['data', 3, 'id'])).toBe('data[3].id')
  expect(writePlace([0, 'a'])).toBe('[0].a')
  expect(writePlace(['data', 'with space', 'x'])).toBe('data["with space"].x')
  expect(writePlace([])).toBe('')
})

test('the gateway’s clock', () => {
  expect(serverDateOf({ date: 'Sun, 01 Mar 2026 12:00:00 GMT' })).toBe(now)
  expect(serverDateOf({ date: 'Sun, 01 Mar 2026 12:00:01 GMT' })).toBe(now + 1000)
  expect(serverDateOf({ date: 'never' })).toBeUndefined()
  expect(serverDateOf({})).toBeUndefined()
})

test('no response makes a failure contain the token', () => {
  const part = fc.constantFrom(
    token,
    authorization,
    'Pa55wordPa55wordPa55wordPa55word',
    'x',
    '<title>',
    '"',
    '\n',
    '{"message":"',
  )
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      fc.integer({ min: 200, max: 599 }),
      fc.constantFrom(json, html, {}),
      (text, status, headers) => {
        for (const body of [
          text,
          JSON.stringify({ message: text }),
          JSON.stringify({ error: text }),
        ]) {
          const result = classify('getTableData', answer(status, body, headers))
          if (result.ok) continue
          const shown = JSON.stringify({ ...result.failure, error: errorOf(result.failure) })
          expect(shown).not.toContain('Pa55word')
          expect(shown).not.toContain(authorization.slice(6, 30))
        }
      },
    ),
  )
})
