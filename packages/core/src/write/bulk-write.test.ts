import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  AuthenticationError,
  type ChatlayerError,
  ConnectionError,
  NotFoundError,
  RejectedError,
} from '../errors.ts'
import type { Outcome } from '../types.ts'
import { BulkWrite } from './bulk-write.ts'

const ok = (row: number, index: number): Outcome<number> => ({
  status: 'ok',
  index,
  row,
  id: `id-${row}`,
  change: 'inserted',
})
const rejected = (
  row: number,
  index: number,
  error: ChatlayerError = new RejectedError('no', { status: 400 }),
): Outcome<number> => ({ status: 'rejected', index, row, id: undefined, error })

async function* count(to: number, onTake?: (n: number) => void): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) {
    onTake?.(n)
    yield n
  }
}

function bulk(
  rows: Iterable<number> | AsyncIterable<number>,
  write: (row: number, index: number) => Promise<Outcome<number>>,
  options = {},
): BulkWrite<number> {
  return new BulkWrite(async () => ({ rows, write }), options)
}

test('every row ends in the report, whatever the order in which rows end', async () => {
  const report = await bulk(count(500), async (row, index) => {
    for (let wait = row % 7; wait > 0; wait--) await setImmediate()
    return row % 10 === 3 ? rejected(row, index) : ok(row, index)
  })
  expect(report).toMatchObject({ total: 500, ok: 450, rejected: 50, unknown: 0 })
  expect(report.changes).toEqual({ inserted: 450, updated: 0, deleted: 0, unchanged: 0 })
  expect(report.problems.map((problem) => problem.index % 10)).toEqual(Array(50).fill(3))
})

test('no more rows are under way at once than were allowed', async () => {
  let under = 0
  let most = 0
  await bulk(
    count(100),
    async (row, index) => {
      most = Math.max(most, ++under)
      await setImmediate()
      under--
      return ok(row, index)
    },
    { inFlight: 5 },
  )
  expect(most).toBe(5)
})

test('outcomes stream, each row once, and a slow reader holds the input back', async () => {
  let taken = 0
  const write = bulk(
    count(10_000, () => taken++),
    async (row, index) => ok(row, index),
  )
  const seen = new Set<number>()
  for await (const outcome of write) {
    if (seen.size === 0) {
      for (let turn = 0; turn < 50; turn++) await setImmediate()
      expect(taken).toBeLessThan(5_000)
    }
    seen.add(outcome.index)
  }
  expect(seen.size).toBe(10_000)
  await expect(write.report()).resolves.toMatchObject({ ok: 10_000 })
})

test('a reader that leaves ends the input, and what was under way is counted', async () => {
  let closed = false
  async function* rows(): AsyncGenerator<number> {
    try {
      for (let n = 0; ; n++) yield n
    } finally {
      closed = true
    }
  }
  const write = bulk(rows(), async (row, index) => ok(row, index), { inFlight: 3 })
  for await (const outcome of write) if (outcome.index >= 2) break
  expect(closed).toBe(true)
  expect(write.progress.total).toBeLessThan(2_000)
})

test('trouble that every row would meet ends the call after the rows that were taken', async () => {
  const seen: Outcome<number>[] = []
  const error = new AuthenticationError('wrong token', { status: 401 })
  const write = bulk(count(1_000), async (row, index) =>
    row === 10 ? rejected(row, index, error) : ok(row, index),
  )
  const read = async (): Promise<void> => {
    for await (const outcome of write) seen.push(outcome)
  }
  await expect(read()).rejects.toBe(error)
  expect(seen.length).toBe(write.progress.total)
  expect(seen.length).toBeLessThan(1_000)
})

test('a record that is not there does not end the call; a table that is not there does', async () => {
  const noRecord = new NotFoundError('no such record')
  const request = {
    operation: 'performTableAction',
    action: 'INSERT',
    method: 'POST',
    path: '/x',
    attempts: 1,
  } as const
  const noTable = new NotFoundError('no such table', { request })
  await expect(
    bulk([1, 2, 3], async (row, index) => rejected(row, index, noRecord)),
  ).resolves.toMatchObject({ rejected: 3 })
  await expect(
    bulk(count(1_000), async (row, index) => rejected(row, index, noTable)),
  ).rejects.toBe(noTable)
})

test('a gateway that is gone ends the call, and the rest stays unsent', async () => {
  let taken = 0
  const write = bulk(
    count(100_000, () => taken++),
    async (row, index) => rejected(row, index, new ConnectionError('refused')),
  )
  await expect(write.report()).rejects.toThrow('cannot be reached any more')
  expect(taken).toBeLessThan(500)
  expect(write.progress.total).toBe(taken)
})

test('an input that throws ends the call with its error', async () => {
  async function* rows(): AsyncGenerator<number> {
    yield 1
    throw new Error('line 2 is broken')
  }
  const write = bulk(rows(), async (row, index) => ok(row, index))
  await expect(write.report()).rejects.toThrow('line 2 is broken')
  expect(write.progress).toMatchObject({ total: 1, ok: 1 })
})

test('an abort ends the call with its reason and takes no further row', async () => {
  const controller = new AbortController()
  let taken = 0
  const write = bulk(
    count(100_000, () => taken++),
    async (row, index) => {
      if (row === 50) controller.abort(new Error('enough'))
      await setImmediate()
      return ok(row, index)
    },
    { signal: controller.signal },
  )
  await expect(write.report()).rejects.toThrow('enough')
  expect(taken).toBeLessThan(1_000)
  expect(write.progress.total).toBe(taken)
})
