import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  AuthenticationError,
  type ChatlayerError,
  ConnectionError,
  GatewayError,
  InvalidInputError,
  NotFoundError,
  RejectedError,
  TimeoutError,
  UnknownOutcomeError,
} from '../errors.ts'
import { closedError } from '../send/call-errors.ts'
import type { Outcome } from '../types.ts'
import { BulkWrite, type Work } from './bulk-write.ts'
import { AfterFailure } from './listener.ts'

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
  write: Work<number>['write'],
  options = {},
  decided = false,
): BulkWrite<number> {
  return new BulkWrite(async () => ({ rows, write, decided }), options)
}

test('every row is in the report, in any order of completion', async () => {
  const report = await bulk(count(500), async (row, index) => {
    for (let wait = row % 7; wait > 0; wait--) await setImmediate()
    return row % 10 === 3 ? rejected(row, index) : ok(row, index)
  })
  expect(report).toMatchObject({ total: 500, ok: 450, rejected: 50, unknown: 0 })
  expect(report.changes).toEqual({ inserted: 450, updated: 0, deleted: 0, unchanged: 0 })
  expect(report.problems.map((problem) => problem.index % 10)).toEqual(Array(50).fill(3))
})

test('a write starts by itself, after the code that created it', async () => {
  const written: number[] = []
  bulk(count(3), (row, index) => {
    written.push(row)
    return ok(row, index)
  })
  expect(written).toEqual([])
  await setImmediate()
  expect(written).toEqual([0, 1, 2])
})

test('a write without a reader is not held back, and its report comes at any time', async () => {
  const write = bulk(count(5_000), async (row, index) => ok(row, index))
  while (write.progress.total < 5_000) await setImmediate()
  await expect(write.report()).resolves.toMatchObject({ ok: 5_000 })
  await expect(write).resolves.toBe(await write.report())
})

test('a loop that begins after the start is rejected, and does not disturb the write', async () => {
  const write = bulk(count(5_000), async (row, index) => ok(row, index))
  await Promise.resolve()
  expect(() => write[Symbol.asyncIterator]()).toThrow(InvalidInputError)
  await expect(write).resolves.toMatchObject({ ok: 5_000 })
})

test('outcomes have one reader', async () => {
  const write = bulk(count(10), ok)
  const outcomes = write[Symbol.asyncIterator]()
  expect(() => write[Symbol.asyncIterator]()).toThrow('it has started')
  await setImmediate()
  expect(await outcomes.next()).toMatchObject({ value: { index: 0 } })
  await outcomes.return()
})

test('a closed client ends the call, and the error says so', async () => {
  const request = { operation: 'listTables', action: undefined, method: 'GET', path: '/' } as const
  const closed = closedError({ ...request, attempts: 0 }, 'no')
  for (const error of [closed, unknownFor(closed)]) {
    const write = bulk(count(100), (row, index) => rejected(row, index, error))
    await expect(write.report()).rejects.toThrow('the client was closed')
    expect(write.progress.total).toBeLessThan(100)
  }
})

test('no more rows are in flight at once than were allowed', async () => {
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

test('a reader that leaves ends the input, and what was in flight is counted', async () => {
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

test('an error that every row would meet ends the call after the rows that were taken', async () => {
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
  await expect(write.report()).rejects.toThrow('is no longer reachable')
  expect(taken).toBeLessThan(500)
  expect(taken - write.progress.total).toBeLessThanOrEqual(1)
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
  expect(taken - write.progress.total).toBeLessThanOrEqual(1)
})

/** Gives some rows, then keeps everybody waiting. */
async function* stalling(rows: number): AsyncGenerator<number> {
  for (let n = 0; n < rows; n++) yield n
  await new Promise(() => {})
}

test('an abort ends the call even while the input keeps it waiting', async () => {
  const controller = new AbortController()
  const write = bulk(stalling(3), ok, { signal: controller.signal })
  setImmediate().then(() => controller.abort(new Error('enough')))
  await expect(write.report()).rejects.toThrow('enough')
  expect(write.progress.ok).toBe(3)
})

test('so does an error of the whole call, and a reader that leaves', async () => {
  const error = new AuthenticationError('wrong token', { status: 401 })
  await expect(bulk(stalling(3), (row, index) => rejected(row, index, error))).rejects.toBe(error)
  for await (const outcome of bulk(stalling(3), ok)) if (outcome.index === 2) break
})

test('an abort before the start writes nothing', async () => {
  let prepared = 0
  const write = new BulkWrite<number>(
    async () => {
      prepared++
      return { rows: [1], write: ok }
    },
    { signal: AbortSignal.abort(new Error('early')) },
  )
  await expect(write.report()).rejects.toThrow('early')
  expect([prepared, write.progress.total]).toEqual([0, 0])
})

test('an abort while the write is prepared takes no row', async () => {
  const controller = new AbortController()
  const write = new BulkWrite<number>(
    async () => {
      controller.abort(new Error('early'))
      return { rows: [1], write: ok }
    },
    { signal: controller.signal },
  )
  await expect(write.report()).rejects.toThrow('early')
  expect(write.progress.total).toBe(0)
})

test('rows that were all written together get their outcomes in spite of an abort', async () => {
  const controller = new AbortController()
  const stop = (row: number, index: number): Outcome<number> => {
    controller.abort(new Error('enough'))
    return ok(row, index)
  }
  const rows = Array.from({ length: 500 }, (_, n) => n)
  const write = bulk(rows, stop, { signal: controller.signal }, true)
  await expect(write.report()).rejects.toThrow('enough')
  expect(write.progress.ok).toBe(500)
})

test('a listener that fails after a write ends the call; the row keeps its outcome', async () => {
  const failure = new Error('the disk is full')
  const write = bulk(count(1_000), (row, index) => {
    if (row === 5) throw new AfterFailure(ok(row, index), failure)
    return ok(row, index)
  })
  await expect(write.report()).rejects.toBe(failure)
  expect(write.progress.ok).toBe(write.progress.total)
  expect(write.progress.ok).toBeGreaterThanOrEqual(6)
  expect(write.progress.ok).toBeLessThan(1_000)
})

const request = {
  operation: 'performTableAction',
  action: 'INSERT',
  method: 'POST',
  path: '/x',
} as const
const unknownFor = (cause: unknown): UnknownOutcomeError =>
  new UnknownOutcomeError('?', { tried: ['looked'], cause })

test.each([
  ['refused connections', new ConnectionError('refused'), true],
  [
    'attempts without a response',
    new TimeoutError('30 s', { request: { ...request, attempts: 1 } }),
    true,
  ],
  [
    'rows that cannot even be searched for',
    unknownFor(new GatewayError('bad', { status: 503 })),
    true,
  ],
  [
    'rows that only waited for their turn',
    new TimeoutError('turn', { request: { ...request, attempts: 0 } }),
    false,
  ],
  ['rows that were looked for in vain', unknownFor(undefined), false],
  ['refusals', new RejectedError('no', { status: 400 }), false],
  ['failures of single rows', new GatewayError('bad row', { status: 500 }), false],
])('%s: is the gateway gone?', async (_, error, isGone) => {
  const report = bulk(count(300), (row, index) => rejected(row, index, error)).report()
  if (isGone) await expect(report).rejects.toThrow('is no longer reachable')
  else await expect(report).resolves.toMatchObject({ rejected: 300 })
})

test('occasional errors do not mean that the gateway is gone', async () => {
  const gone = new ConnectionError('reset')
  const write = bulk(count(500), (row, index) =>
    row % 10 === 0 ? ok(row, index) : rejected(row, index, gone),
  )
  await expect(write.report()).resolves.toMatchObject({ rejected: 450 })
})

test('what the input throws while it is closed is not lost', async () => {
  const rows = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false as const, value: 1 }),
      return: (): never => {
        throw new Error('cannot close')
      },
    }),
  }
  const write = bulk(rows, ok)
  const read = async (): Promise<void> => {
    for await (const _ of write) break
  }
  await read()
  await expect(write.report()).rejects.toThrow('cannot close')
})

test('the report keeps the first problems of each kind', async () => {
  const unknown = (row: number, index: number): Outcome<number> => {
    const error = unknownFor(undefined)
    return { status: 'unknown', index, row, id: undefined, error, tried: error.tried }
  }
  const report = await bulk(count(20_000), (row, index) =>
    row < 15_000 ? rejected(row, index) : unknown(row, index),
  )
  expect(report).toMatchObject({ rejected: 15_000, unknown: 5_000 })
  expect(report.problems).toHaveLength(15_000)
})
