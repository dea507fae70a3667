import { describe, expect, test } from 'vitest'
import {
  ConnectionError,
  type RequestInfo,
  TimeoutError,
  UnexpectedAnswerError,
} from '../errors.ts'
import { classifyTransportError } from './classify-transport.ts'
import { type Failure, failureError } from './failure.ts'
import { TransportError } from './transport-error.ts'

const PROXY = { url: 'http://p.test:3128', variable: 'HTTPS_PROXY' }

const CASES = [
  ['unreachable', false, 'unreachable', 'no', ConnectionError],
  ['untrusted', false, 'untrusted', 'no', ConnectionError],
  ['broken', true, 'broken', 'maybe', ConnectionError],
  ['timeout', true, 'timeout', 'maybe', TimeoutError],
  ['timeout', false, 'timeout', 'no', TimeoutError],
  ['too-large', true, 'too-large', 'maybe', UnexpectedAnswerError],
  ['withdrawn', true, 'broken', 'maybe', ConnectionError],
] as const

function errorOf(failure: Failure) {
  const request: RequestInfo = {
    operation: 'getTableData',
    action: undefined,
    method: 'GET',
    path: '/x',
    attempts: 1,
  }
  return failureError(failure, request, failure.executed)
}

describe.each([undefined, PROXY])('no answer, proxy %o', (proxy) => {
  test.each(CASES)('%s, sent: %s', (reason, sent, kind, executed, ErrorClass) => {
    const cause = new TransportError(reason, 'what happened', { sent, code: 'ECODE' })
    const failure = classifyTransportError(cause, proxy)
    expect(failure).toMatchObject({ kind, executed, cause })
    expect(failure.message).toContain('(ECODE)')
    expect(failure.hint).not.toBe('')
    expect(errorOf(failure)).toBeInstanceOf(ErrorClass)
    expect(errorOf(failure).cause).toBe(cause)
  })

  test('says that an answer had begun', () => {
    const cause = new TransportError('broken', 'x', { sent: true, status: 200 })
    expect(classifyTransportError(cause, proxy).message).toContain(
      'in the middle of a response with status 200',
    )
  })
})

test.each([
  [407, 'proxy'],
  [403, 'proxy'],
  [503, 'unreachable'],
])('a proxy that answers %i itself', (status, kind) => {
  const error = new TransportError('proxy', 'x', { sent: false, status, atProxy: true })
  const failure = classifyTransportError(error, PROXY)
  expect(failure).toMatchObject({ kind, executed: 'no' })
  expect(failure.message).toContain(PROXY.url)
  expect(failure.message).not.toContain('in the middle')
  expect(errorOf(failure)).toBeInstanceOf(ConnectionError)
})
