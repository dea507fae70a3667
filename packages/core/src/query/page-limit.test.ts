import { describe, expect, test } from 'vitest'
import { RejectedError } from '../errors.ts'
import type { Sender } from '../send/sender.ts'
import type { FetchPage } from './page.ts'
import { namedLimit, withLearnedLimit } from './page-limit.ts'

test.each([
  ['limit must not be greater than 50', 100, 50],
  ['skip must be a number; limit must not be greater than 50', 100, 50],
  ['body.limit: 100 exceeds the maximum of 25', 100, 25],
  ['limit must be between 1 and 30', 100, 30],
  ['limit must not be less than 1; limit must not be greater than 20', 100, 20],
  ['Limit is too large', 100, undefined],
  ['limit must not be greater than 200', 100, undefined],
  ['at most 50 records', 100, undefined],
  ['limit 2024-01-01', 3_000, undefined],
])('%s, %i sent: %s', (message, sent, expected) => {
  expect(namedLimit(message, sent)).toBe(expected)
})

describe('a rejected limit', () => {
  const SENDER = () => ({}) as Sender

  function gateway(most: number, message: string): { fetch: FetchPage; limits: number[] } {
    const limits: number[] = []
    const fetch: FetchPage = async (skip, limit) => {
      limits.push(limit)
      if (limit <= most) {
        return { skip, records: [], total: 0, limit, isLimitReported: true }
      }
      throw new RejectedError(`rejected (400): ${message}`, {
        status: 400,
        gatewayMessage: message,
        hint: 'Correct it.',
      })
    }
    return { fetch, limits }
  }

  test('is replaced by the one that the gateway names, which is kept by client and operation', async () => {
    const sender = SENDER()
    const { fetch, limits } = gateway(50, 'limit must not be greater than 50')
    const select = withLearnedLimit(fetch, sender, 'performTableAction')
    expect(await select(0, 100)).toMatchObject({ limit: 50 })
    await select(50, 100)
    await select(50, 10)
    await withLearnedLimit(fetch, sender, 'performTableAction')(0, 80)
    expect(limits.splice(0)).toEqual([100, 50, 50, 10, 50])
    await withLearnedLimit(fetch, sender, 'getTableData')(0, 100)
    await withLearnedLimit(fetch, SENDER(), 'performTableAction')(0, 100)
    expect(limits).toEqual([100, 50, 100, 50])
  })

  test('without a number is thrown, and names the setting of a SELECT', async () => {
    const { fetch, limits } = gateway(50, 'limit is too large')
    const error = await withLearnedLimit(
      fetch,
      SENDER(),
      'performTableAction',
    )(0, 100).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RejectedError)
    expect(error).toMatchObject({
      status: 400,
      message: 'rejected (400): limit is too large',
      hint: expect.stringContaining('maxSelectLimit'),
    })
    await expect(withLearnedLimit(fetch, SENDER(), 'getTableData')(0, 100)).rejects.toMatchObject({
      hint: 'Correct it.',
    })
    expect(limits).toEqual([100, 100])
  })

  test('that stays rejected is not kept', async () => {
    const sender = SENDER()
    const { fetch, limits } = gateway(5, 'limit must not be greater than 50')
    await expect(withLearnedLimit(fetch, sender, 'getTableData')(0, 100)).rejects.toThrow(
      RejectedError,
    )
    await expect(withLearnedLimit(fetch, sender, 'getTableData')(0, 100)).rejects.toThrow()
    expect(limits).toEqual([100, 50, 100, 50])
  })

  test('another error is thrown as it is', async () => {
    const { fetch, limits } = gateway(50, 'unknown column: population, 20 given')
    await expect(
      withLearnedLimit(fetch, SENDER(), 'performTableAction')(0, 100),
    ).rejects.toMatchObject({ hint: 'Correct it.' })
    expect(limits).toEqual([100])
  })
})
