import { expect, test } from 'vitest'
import { sinceCandidates } from './since.ts'

const LATEST = '2026-01-01T12:00:00.000000Z'
const at = (time: string): string => `2026-01-01T${time}Z`

test('nothing that was written since the reading began is passed over', () => {
  const gatewayMs = Date.parse('2026-01-01T12:10:00.000Z')
  expect(sinceCandidates({ latest: LATEST, tookMs: 20_000, gatewayMs })).toEqual([
    at('11:59:10.000000'),
    at('12:09:50.000000'),
    at('11:59:35.000000'),
    at('12:09:58.000000'),
    at('11:59:39.000000'),
    at('12:09:59.500000'),
  ])
})

test('Date headers of another clock than that of the records are not believed', () => {
  const gatewayMs = Date.parse('2026-01-01T11:00:00.000Z')
  const expected = [at('11:59:30.000000'), at('11:59:55.000000'), at('11:59:59.000000')]
  expect(sinceCandidates({ latest: LATEST, tookMs: 0, gatewayMs })).toEqual(expected)
  expect(sinceCandidates({ latest: LATEST, tookMs: 0, gatewayMs: undefined })).toEqual(expected)
})

test('without dates there is nothing to go by', () => {
  expect(sinceCandidates({ latest: '', tookMs: 0, gatewayMs: 0 })).toEqual([])
})
