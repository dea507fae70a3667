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

/** As the next process finds it: what was not flushed is gone. */
function reopened(): RowStates {
  return new RowStates(openJobDatabase(join(folder, 'job.sqlite')))
}

describe('a mark', () => {
  it('is there for the next process at once, and some rows ahead', () => {
    const rows = new RowStates(database, () => 1_000)
    rows.mark(1)
    const next = reopened()
    expect(next.inherited).toBeGreaterThan(1)
    expect(next.attemptedAt(1)).toBe(1_000)
    expect(next.attemptedAt(next.inherited)).toBe(1_000)
    expect(next.attemptedAt(next.inherited + 1)).toBeUndefined()
    expect(next.stateOf(1)).toBeUndefined()
  })

  it('takes along the states that came in before', () => {
    const rows = new RowStates(database)
    rows.mark(1)
    rows.settle(1, 'inserted', { id: 'x' })
    expect(reopened().stateOf(1)).toBeUndefined()
    for (let n = 2; reopened().stateOf(1) === undefined; n++) rows.mark(n)
    expect(reopened().stateOf(1)).toBe('inserted')
  })

  it('keeps the time of the first attempt, whoever tries again', () => {
    const first = new RowStates(database, () => 1_000)
    first.mark(1)
    const { inherited } = reopened()
    const second = new RowStates(openJobDatabase(join(folder, 'job.sqlite')), () => 2_000)
    second.mark(1)
    second.mark(inherited + 1)
    expect([second.attemptedAt(1), second.attemptedAt(inherited + 1)]).toEqual([1_000, 2_000])
  })
})

describe('trimming', () => {
  it('says that no more was sent', () => {
    const rows = new RowStates(database)
    rows.mark(1)
    rows.settle(1, 'inserted')
    rows.trim(1)
    const next = reopened()
    expect([next.inherited, next.stateOf(1)]).toEqual([1, 'inserted'])
    rows.mark(2)
    expect(reopened().attemptedAt(2)).toBeDefined()
  })

  it('cannot speak for an earlier process', () => {
    new RowStates(database).mark(1)
    const { inherited } = reopened()
    const next = reopened()
    next.trim(0)
    expect(reopened().inherited).toBe(inherited)
  })
})

it('problems come in the order of the rows, and those that are open are forgotten', () => {
  const rows = new RowStates(database)
  rows.settle(7, 'rejected', { problem: 'seven' })
  rows.leaveOpen(5, 'five')
  rows.settle(3, 'unknown', { problem: 'three' })
  expect([...rows.problems()]).toEqual(['three', 'five', 'seven'])
  expect(rows.counts()).toMatchObject({ inserted: 0, updated: 0, rejected: 1, unknown: 1 })
  const next = reopened()
  expect([next.settledBefore, next.inherited, next.reachedBefore]).toEqual([7, 0, 7])
  next.reopen()
  expect([...next.problems()]).toEqual(['three', 'seven'])
})

it('what earlier processes wrote is known by id, or by content where no id was told', () => {
  const uuid = '0e0b9e2c-3a1a-4d6e-9a43-1f0a5c0d7e11'
  const content = Buffer.from('content')
  const rows = new RowStates(database)
  rows.settle(1, 'inserted', { id: uuid })
  rows.settle(2, 'inserted', { id: 'no uuid' })
  for (const n of [3, 4]) rows.settle(n, 'inserted', { content })
  rows.flush()
  const earlier = new EarlierRows(database)
  expect([uuid, 'no uuid', 'other'].map((id) => earlier.has(id))).toEqual([true, true, false])
  expect(earlier.countOf(content)).toBe(2)
  expect(earlier.countOf(Buffer.from('other'))).toBe(0)
})

it('a mark that finds no room is not there, and what came in before is kept for later', () => {
  const rows = new RowStates(database)
  rows.mark(1)
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {}
  database.exec(`PRAGMA max_page_count = ${Number(pages)}`)
  const content = Buffer.alloc(20_000)
  rows.settle(1, 'inserted', { content })
  expect(() => rows.mark(5_000)).toThrow(`no space left in ${folder}`)
  expect(() => rows.mark(5_000)).toThrow(StorageError)
  expect(reopened().inherited).toBeLessThan(5_000)
  database.exec('PRAGMA max_page_count = 1000000')
  rows.mark(5_000)
  const next = reopened()
  expect([next.stateOf(1), next.inherited >= 5_000]).toEqual(['inserted', true])
})

it('a job of another format is refused', () => {
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => reopened()).toThrow('another release')
})
