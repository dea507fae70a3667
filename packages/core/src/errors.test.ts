/** Errors by their code: the compiler narrows by it, and each is whole as data. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { MADE, REFUSAL, REPORT, SECRET } from '../test/made-errors.ts'
import {
  ChatlayerError,
  ConnectionError,
  ERROR_CODES,
  type ErrorCode,
  isChatlayerError,
  type RateLimitedError,
  RefusalError,
  RejectedError,
  TimeoutError,
  WriteFailedError,
} from './errors.ts'
import type { Outcome, Problem } from './types.ts'
import { Report } from './write/report.ts'

describe.each(Object.entries(MADE))('%s', (code, error) => {
  test('has its code, its name, and both tests for it', () => {
    expect(error.code).toBe(code)
    expect(ERROR_CODES).toContain(code)
    expect(error.name).toBe(error.constructor.name)
    expect(error).toBeInstanceOf(ChatlayerError)
    expect(error).toBeInstanceOf(Error)
    expect(isChatlayerError(error)).toBe(true)
    expect(error instanceof RefusalError).toBe('status' in error)
  })

  test('is whole as JSON, without stack, secret and rows', () => {
    const text = JSON.stringify(error)
    const json = JSON.parse(text)
    const { situation, ...own } = { ...error, message: error.message }
    for (const [name, value] of Object.entries(own)) expect(json[name], name).toEqual(value)
    expect(Object.keys(json).slice(0, 4)).toEqual(['name', 'code', 'message', 'hint'])
    if (!(error instanceof WriteFailedError)) {
      expect(json.cause).toEqual({ name: 'TypeError', code: 'ECONNRESET' })
    }
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain('stack')
  })
})

test('every code has one class', () => {
  expect(Object.keys(MADE)).toEqual(ERROR_CODES)
})

test('a cause of this library is data too, another by its name', () => {
  const inner = new TimeoutError('slow', { cause: new Error(SECRET) })
  const { cause } = new ConnectionError('m', { cause: inner }).toJSON()
  expect(cause).toEqual(inner.toJSON())
  expect(inner.toJSON().cause).toEqual({ name: 'Error' })
  expect(new ConnectionError('m', { cause: 'text' }).toJSON()).not.toHaveProperty('cause')
})

test('an error of another copy of the library is recognized, other values are not', () => {
  const other = Object.assign(new Error('m'), { [Symbol.for('chatlayer-tables.error')]: true })
  expect(isChatlayerError(other)).toBe(true)
  for (const value of [new Error('m'), { code: 'TIMEOUT' }, null, undefined, 'TIMEOUT']) {
    expect(isChatlayerError(value)).toBe(false)
  }
})

describe('a report', () => {
  test('throws one error that counts, and shows the first problems of the input', () => {
    expect(() => REPORT.orThrow()).toThrow(WriteFailedError)
    const error = new WriteFailedError(REPORT)
    expect(error.message).toBe(
      '8 of 12 rows failed, 7 rejected and 1 with an unknown outcome; row 3 (counted from 1): reason 2',
    )
    expect(error.report).toBe(REPORT)
    expect(error.problems.map(({ index }) => index)).toEqual([2, 3, 4, 5, 6])
    expect(error.cause).toBe(error.problems[0]?.error)
    expect(error.toJSON()).toMatchObject({ total: 12, ok: 4, rejected: 7, unknown: 1 })
    expect(error.toJSON().problems).toHaveLength(5)
  })

  test.each([
    [{ ok: 4, rejected: 1, unknown: 0 }, 'maybe'],
    [{ ok: 0, rejected: 1, unknown: 1 }, 'maybe'],
    [{ ok: 0, rejected: 2, unknown: 0 }, 'no'],
  ])('of %j may have written: %s', (counts, executed) => {
    const total = counts.ok + counts.rejected + counts.unknown
    expect(new WriteFailedError(new Report({ ...REPORT, ...counts, total })).executed).toBe(
      executed,
    )
  })

  test('without problems returns itself', () => {
    const report = new Report({ ...REPORT, total: 4, rejected: 0, unknown: 0, problems: [] })
    expect(report.orThrow()).toBe(report)
  })
})

describe('types', () => {
  test('the code narrows an unknown error to its class', () => {
    const read = (error: unknown): void => {
      if (error instanceof ChatlayerError) {
        expectTypeOf(error).toEqualTypeOf<ChatlayerError>()
        if (error.code === 'RATE_LIMITED') {
          expectTypeOf(error).toEqualTypeOf<RateLimitedError>()
          expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>()
        }
        // @ts-expect-error only rejections of the gateway have it
        error.retryAfterMs
      }
      if (isChatlayerError(error) && error.code === 'UNKNOWN_OUTCOME') {
        expectTypeOf(error.tried).toEqualTypeOf<readonly string[]>()
      }
      if (isChatlayerError(error) && error.code === 'WRITE_FAILED') {
        expectTypeOf(error.report.rejected).toEqualTypeOf<number>()
      }
      if (error instanceof RefusalError) expectTypeOf(error.status).toEqualTypeOf<number>()
    }
    expect(read).toBeTypeOf('function')
  })

  test('the union has every code, and outcomes have the union', () => {
    expectTypeOf<ChatlayerError['code']>().toEqualTypeOf<ErrorCode>()
    expectTypeOf<Problem['error']>().toEqualTypeOf<ChatlayerError>()
    const exhaust = (error: RefusalError): number => {
      switch (error.code) {
        case 'AUTHENTICATION':
        case 'PERMISSION':
        case 'REJECTED':
        case 'GATEWAY':
          return error.status
        case 'RATE_LIMITED':
          return error.retryAfterMs ?? 0
      }
    }
    expect(exhaust(new RejectedError('m', REFUSAL))).toBe(418)
    expectTypeOf<Extract<Outcome, { status: 'unknown' }>['error']>().toEqualTypeOf<ChatlayerError>()
  })
})
