import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { StorageError } from '@chatlayer-tables/local'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EarlierRows } from './earlier-rows.ts'
import { createJobDatabase, openJobDatabase } from './job-database.ts'
import { RowStates } from './row-states.ts'

let folder: string
let database: DatabaseSync

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'row-states-'))
  database = createJobDatabase(join(folder, 'job.sqlite'), { kind: 'test' })
})

afterEach(() => {
  if (database.isOpen) database.close()
  rmSync(folder, { recursive: true })
})

/** The states as the next process reads them, without what was not flushed. */
function reopened(): RowStates {
  return new RowStates(openJobDatabase(join(folder, 'job.sqlite')))
}

const at = (records: number) => () => ({ records, dates: undefined })
const none = () => undefined

describe('a mark', () => {
  it('is there for the next process at once, and some rows ahead', async () => {
    const rows = new RowStates(database)
    await rows.mark(1, at(1_000))
    const next = reopened()
    expect(next.inherited).toBeGreaterThan(1)
    for (const n of [1, next.inherited]) {
      expect(next.attemptedBefore(n)).toEqual({ moment: { records: 1_000, dates: undefined } })
    }
    expect(next.attemptedBefore(next.inherited + 1)).toBeUndefined()
    expect(next.stateOf(1)).toBeUndefined()
  })

  it('takes along the states that came in before', async () => {
    const rows = new RowStates(database)
    await rows.mark(1, none)
    rows.setState(1, 'inserted', { id: 'x' })
    expect(reopened().stateOf(1)).toBeUndefined()
    for (let n = 2; reopened().stateOf(1) === undefined; n++) await rows.mark(n, none)
    expect(reopened().stateOf(1)).toBe('inserted')
  })

  it('keeps the moment of the first attempt, no matter which process retries', async () => {
    await new RowStates(database).mark(1, at(1_000))
    const { inherited } = reopened()
    await reopened().mark(2, at(2_000))
    const third = reopened()
    expect(third.attemptedBefore(2)?.moment?.records).toBe(1_000)
    expect(third.attemptedBefore(inherited + 1)?.moment?.records).toBe(2_000)
  })

  it('may have no moment', async () => {
    await new RowStates(database).mark(1, none)
    expect(reopened().attemptedBefore(1)).toEqual({ moment: undefined })
  })
})

describe('an orderly end', () => {
  it('leaves marks of the rows that are open, and of no other', async () => {
    const rows = new RowStates(database)
    await rows.mark(1, at(1_000))
    rows.setState(1, 'inserted')
    rows.leaveOpen(3, 'three')
    rows.keepMark(5)
    await rows.concludeMarks(6)
    const next = reopened()
    expect([next.inherited, next.stateOf(1)]).toEqual([5, 'inserted'])
    const attempted = [1, 2, 3, 4, 5, 6].filter((n) => next.attemptedBefore(n) !== undefined)
    expect(attempted).toEqual([3, 5])
    expect(next.attemptedBefore(3)?.moment?.records).toBe(1_000)
    await rows.mark(7, none)
    expect(reopened().attemptedBefore(7)).toEqual({ moment: undefined })
    expect(reopened().attemptedBefore(6)).toBeUndefined()
  })

  it('cannot speak for rows that an earlier process marked and this one did not come to', async () => {
    await new RowStates(database).mark(1, at(1_000))
    const { inherited } = reopened()
    const next = reopened()
    next.setState(1, 'inserted')
    await next.concludeMarks(2)
    const last = reopened()
    expect(last.inherited).toBe(inherited)
    expect([last.attemptedBefore(2), last.attemptedBefore(3)]).toEqual([
      undefined,
      { moment: { records: 1_000, dates: undefined } },
    ])
    expect(last.countAttempted(1, 10)).toBe(8)
  })

  it('counts a row once that several processes marked', async () => {
    await new RowStates(database).mark(1, none)
    const second = reopened()
    await second.mark(2, none)
    second.setState(5, 'inserted')
    await second.flush()
    expect(reopened().countAttempted(1, 10)).toBe(9)
    expect(reopened().countAttempted(4, 6)).toBe(2)
  })
})

it('problems come in the order of the rows, and those that are open are forgotten', () => {
  const rows = new RowStates(database)
  rows.setState(7, 'rejected', { problem: 'seven' })
  rows.leaveOpen(5, 'five')
  rows.setState(3, 'unknown', { problem: 'three' })
  expect([...rows.problems()]).toEqual(['three', 'five', 'seven'])
  expect(rows.counts()).toMatchObject({ inserted: 0, updated: 0, rejected: 1, unknown: 1 })
  const next = reopened()
  expect([next.endedBefore, next.inherited, next.reachedBefore]).toEqual([7, 0, 7])
  next.reopen()
  expect([...next.problems()]).toEqual(['three', 'seven'])
})

it('what earlier processes wrote is known by id, or by content where no id is known', async () => {
  const uuid = '0e0b9e2c-3a1a-4d6e-9a43-1f0a5c0d7e11'
  const content = Buffer.from('content')
  const rows = new RowStates(database)
  rows.setState(1, 'inserted', { id: uuid })
  rows.setState(2, 'inserted', { id: 'no uuid' })
  for (const n of [3, 4]) rows.setState(n, 'inserted', { content })
  await rows.flush()
  const earlier = new EarlierRows(database)
  expect([uuid, 'no uuid', 'other'].map((id) => earlier.has(id))).toEqual([true, true, false])
  expect(earlier.countOf(content)).toBe(2)
  expect(earlier.countOf(Buffer.from('other'))).toBe(0)
})

it('a mark that finds no room is not there, and what came in before is kept for later', async () => {
  const rows = new RowStates(database)
  await rows.mark(1, none)
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {}
  database.exec(`PRAGMA max_page_count = ${Number(pages)}`)
  const content = Buffer.alloc(20_000)
  rows.setState(1, 'inserted', { content })
  await expect(rows.mark(5_000, none)).rejects.toThrow(`no space left in ${folder}`)
  await expect(rows.mark(5_000, none)).rejects.toThrow(StorageError)
  expect(reopened().inherited).toBeLessThan(5_000)
  database.exec('PRAGMA max_page_count = 1000000')
  await rows.mark(5_000, none)
  const next = reopened()
  expect([next.stateOf(1), next.inherited >= 5_000]).toEqual(['inserted', true])
})

it('a job of another format is refused', () => {
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => reopened()).toThrow('another release')
})
