import {
  AuthenticationError,
  InvalidInputError,
  type Outcome,
  UnknownOutcomeError,
} from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { fieldOf } from '../call/errors.ts'
import { NO_FACTS } from '../request-facts.ts'
import { collect } from './outcomes.ts'

const names = { byPlace: true, field: fieldOf }
const quiet = () => {}
const call = {
  signal: new AbortController().signal,
  request: NO_FACTS,
  catalog: { hiddenNames: [] as readonly string[] },
  log: { error: quiet, warn: quiet, info: quiet, debug: quiet },
}

const ok = (index: number): Outcome<unknown> => ({
  status: 'ok',
  index,
  row: {},
  change: 'inserted',
  id: `id${index}`,
})

const rejected = (index: number): Outcome<unknown> => ({
  status: 'rejected',
  index,
  row: {},
  id: undefined,
  error: new InvalidInputError('values.rank: is no int', {
    field: 'values.rank',
    hint: 'Write 1.',
  }),
})

const unknown = (index: number): Outcome<unknown> => ({
  status: 'unknown',
  index,
  row: {},
  id: undefined,
  error: new UnknownOutcomeError('it is not known whether the record was inserted', { tried: [] }),
  tried: [],
})

async function* write(outcomes: readonly Outcome<unknown>[], end?: unknown) {
  yield* outcomes
  if (end !== undefined) throw end
}

describe('collect', () => {
  it('reports the rows in the order of the input', async () => {
    const summary = await collect(write([unknown(3), ok(2), rejected(1), ok(0)]), names, call, 4)
    expect(summary).toEqual({
      ok: new Map([
        [2, ok(2)],
        [0, ok(0)],
      ]),
      notice: '2 of 4 records were written, 1 may have been written; see problems.',
      rejected: 1,
      unknown: 1,
      not_sent: 0,
      isWhole: false,
      problems: [
        { row: 1, status: 'rejected', reason: 'Is no int. Write 1.', field: 'values.rank' },
        { row: 3, status: 'unknown', reason: 'It is not known whether the record was inserted.' },
      ],
    })
  })

  it('counts all problems, and lists the first ones', async () => {
    const many = Array.from({ length: 60 }, (_, index) => rejected(index + 1))
    const summary = await collect(write([ok(0), ...many]), names, call, 61)
    const { length } = summary.problems
    expect(length).toBeGreaterThan(10)
    expect(length).toBeLessThan(60)
    expect(summary).toMatchObject({
      rejected: 60,
      notice: expect.stringContaining(`the first ${length}`),
    })
  })

  it('fails if no row was written', async () => {
    await expect(collect(write([rejected(0), rejected(1)]), names, call, 2)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'Nothing was written: Is no int.',
      details: { field: 'values.rank', problems: [{ row: 0 }, { row: 1 }] },
    })
  })

  it('does not fail if a row may have been written', async () => {
    const summary = await collect(write([rejected(0), unknown(1)]), names, call, 2)
    expect(summary).toMatchObject({ rejected: 1, unknown: 1 })
  })

  it('reports the records written before a stop', async () => {
    const end = new AuthenticationError('the token is refused', { status: 401 })
    await expect(collect(write([ok(0), rejected(1)], end), names, call, 60)).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      message: 'Stopped after writing 1 of 60 records: The token is refused.',
      details: {
        written_ids: ['id0'],
        problems: [{ row: 1 }],
        not_sent: 58,
        not_sent_rows: '2-59',
      },
    })
    const cancelled = AbortSignal.abort('enough')
    await expect(
      collect(write([ok(0)], 'enough'), names, { ...call, signal: cancelled }, 60),
    ).rejects.toMatchObject({
      code: 'CANCELLED',
      details: { written_ids: ['id0'] },
    })
  })

  it('reports that records may have been written before a stop', async () => {
    const end = new AuthenticationError('the token is refused', { status: 401 })
    await expect(collect(write([unknown(0)], end), names, call, 60)).rejects.toMatchObject({
      details: { may_have_been_written: true, written_ids: [], problems: [{ status: 'unknown' }] },
    })
  })

  it('passes on an error from before the first write', async () => {
    const end = new AuthenticationError('the token is refused', { status: 401 })
    await expect(collect(write([], end), names, call, 60)).rejects.toBe(end)
  })
})
