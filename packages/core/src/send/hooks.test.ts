import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { basicAuthorization } from '@chatlayer-tables/contract'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CHANNELS, createWatch, type Logger, type RequestEvent } from './hooks.ts'
import { createRedactor } from './redact.ts'

const token = 'someone:Pa55wordPa55word'
const redact = createRedactor(basicAuthorization(token))

const event: RequestEvent = {
  id: 7,
  origin: 'https://gateway.test',
  operation: 'performTableAction',
  action: 'INSERT',
  method: 'POST',
  path: '/x',
  attempt: 2,
}
const failure = { kind: 'unavailable' as const, message: `it failed with ${token}` }
const response = { ...event, status: 503, durationMs: 12.4, failure }
const retry = { ...event, delayMs: 99.6, why: 'it does no harm', failure }

function lines(): { logger: Logger; log: string[] } {
  const log: string[] = []
  const take = (level: string) => (line: string) => void log.push(`${level} ${line}`)
  return {
    logger: { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') },
    log,
  }
}

describe('hooks', () => {
  test('get the events', () => {
    const hooks = { onRequest: vi.fn(), onResponse: vi.fn(), onRetry: vi.fn() }
    const watch = createWatch(hooks, undefined, redact)
    watch.request(event)
    watch.response(response)
    watch.retry(retry)
    expect(hooks.onRequest).toHaveBeenCalledExactlyOnceWith(event)
    expect(hooks.onResponse).toHaveBeenCalledExactlyOnceWith(response)
    expect(hooks.onRetry).toHaveBeenCalledExactlyOnceWith(retry)
  })

  test('and a logger that throw break nothing', () => {
    const broken = () => {
      throw new Error('mine')
    }
    const watch = createWatch(
      { onRequest: broken, onResponse: broken, onRetry: broken },
      { debug: broken, info: broken, warn: broken, error: broken },
      redact,
    )
    watch.request(event)
    watch.response(response)
    watch.retry(retry)
  })
})

describe('watched', () => {
  const nothing = () => {}
  afterEach(() => {
    for (const name of Object.values(CHANNELS)) unsubscribe(name, nothing)
  })

  test('only with an observer', () => {
    const { logger } = lines()
    expect(createWatch({}, undefined, redact).watched()).toBe(false)
    expect(createWatch({}, logger, redact).watched()).toBe(true)
    expect(createWatch({ onRequest: nothing }, undefined, redact).watched()).toBe(true)
    expect(createWatch({ onResponse: nothing }, undefined, redact).watched()).toBe(true)
    expect(createWatch({ onRetry: nothing }, undefined, redact).watched()).toBe(true)
  })

  test.each(Object.values(CHANNELS))('with a subscriber to %s', (name) => {
    const watch = createWatch({}, undefined, redact)
    subscribe(name, nothing)
    expect(watch.watched()).toBe(true)
    unsubscribe(name, nothing)
    expect(watch.watched()).toBe(false)
  })
})

test('channels get the events', () => {
  const seen: unknown[] = []
  const take = (message: unknown) => void seen.push(message)
  for (const name of Object.values(CHANNELS)) subscribe(name, take)
  const watch = createWatch({}, undefined, redact)
  watch.request(event)
  watch.response(response)
  watch.retry(retry)
  for (const name of Object.values(CHANNELS)) unsubscribe(name, take)
  expect(seen).toEqual([event, response, retry])
})

test('log lines are one each, by level, without the token', () => {
  const { logger, log } = lines()
  const watch = createWatch({}, logger, redact)
  watch.request(event)
  watch.response({ ...response, status: 200, failure: undefined })
  watch.response(response)
  watch.retry(retry)
  watch.request({ ...event, action: undefined, operation: 'listTables' })
  expect(log).toEqual([
    'debug #7 performTableAction INSERT, attempt 2, sent',
    'debug #7 performTableAction INSERT, attempt 2, answered 200 after 12 ms',
    'info #7 performTableAction INSERT, attempt 2, failed after 12 ms: it failed with [redacted]',
    'warn #7 performTableAction INSERT, attempt 2, will be retried in 100 ms: it does no harm',
    'debug #7 listTables, attempt 2, sent',
  ])
})
