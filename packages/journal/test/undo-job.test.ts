/** A job that wrote in several runs is undone as one. */
import type { TableHandle, Version, WriteListener } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Journal, UndoOptions } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
  setup.emulator.tables.insert('stores', rows(1_000, 10))
})

afterEach(() => setup[Symbol.asyncDispose]())

const JOB = 'job42aaa'

/** One run of a job. */
async function run(
  work: (table: TableHandle) => PromiseLike<unknown>,
  job = JOB,
  version: Version = 'DRAFT',
): Promise<string> {
  const { journal, connection } = setup
  const set = journal.changeSet({ tool: 'test', command: 'import', connection })
  // It is known only once the job has begun.
  set.job = job
  await work(setup.client(set).table('stores', { version }))
  const [summary] = await set.close()
  expect(summary?.job).toBe(job)
  return summary?.id ?? ''
}

function undoJob(options: Partial<UndoOptions> = {}, journal: Journal = setup.journal, job = JOB) {
  const connect = (onWrite: WriteListener) => setup.client(onWrite)
  return journal.undoJob(job, { tool: 'test', connect, ...options })
}

/** Three runs; the last changes again what the ones before it wrote. */
async function threeRuns() {
  const start = setup.values()
  const first = await run((table) => table.insertMany(rows(0, 50)))
  await setup.write((table) => table.insertMany(rows(500, 3)))
  const second = await run((table) => table.insertMany(rows(50, 50)))
  const third = await run(async (table) => {
    await table.update({ size: { gte: 40, lt: 60 } }, { city: 'Ostend' })
    await table.delete({ size: { gte: 45, lt: 47 } })
  })
  return { start, sets: [third, second, first] }
}

const others = (values: string[]) => values.filter((text) => !/"size":50[0-2],/.test(text))

describe('undoing a job', () => {
  it('undoes all of its change sets, the newest first, and nothing else; then redoes them', async () => {
    const { start, sets } = await threeRuns()
    const end = setup.values()
    const preview = await setup.journal.previewUndoJob(JOB.slice(0, 5), { client: setup.client() })
    expect(preview).toMatchObject({
      job: JOB,
      matched: 122,
      undo: { total: 122, undone: 122, conflicts: 0, gone: 0 },
      problems: [],
    })
    expect(preview.summaries.map(({ id }) => id)).toEqual(sets)
    expect(preview.changes).toHaveLength(100)
    expect(setup.values()).toEqual(end)

    let seen = 0
    const report = await undoJob({
      onProgress: ({ undone }) => {
        seen = undone
      },
    })
    expect(report).toMatchObject({ job: JOB, undoes: sets, resumed: false, problems: [] })
    expect(report.counts).toMatchObject({ total: 122, undone: 122, conflicts: 0 })
    expect(seen).toBe(122)
    expect(others(setup.values())).toEqual(start)
    expect(setup.values()).toHaveLength(13)
    expect(report.ids).toHaveLength(3)

    const nothing = await undoJob()
    expect(nothing).toMatchObject({ undoes: [], ids: report.ids, counts: { total: 0 } })

    for (const id of report.ids) {
      expect((await setup.undo(id)).counts).toMatchObject({ conflicts: 0, gone: 0 })
    }
    expect(setup.values()).toEqual(end)
    const again = await undoJob()
    expect(again.counts).toMatchObject({ total: 122, undone: 122, conflicts: 0 })
    expect(again.ids).toHaveLength(3)
    expect(others(setup.values())).toEqual(start)
  })

  it('goes to every version that it wrote, and skips sets that are undone', async () => {
    const draft = await run((table) => table.insertMany(rows(0, 5)))
    const live = await run((table) => table.insertMany(rows(0, 5)), JOB, 'LIVE')
    await setup.undo(draft)
    const report = await undoJob()
    expect(report).toMatchObject({ undoes: [live], counts: { total: 5, undone: 5 } })
    expect(report.ids).toHaveLength(2)
    expect(setup.values('LIVE')).toEqual([])
    expect(setup.ids()).toHaveLength(10)
  })

  it('sums what is left, and takes a part by record', async () => {
    const first = await run((table) => table.insertMany(rows(0, 3)))
    await run((table) => table.insertMany(rows(3, 3)))
    const [id = ''] = (await setup.journal.changes(first)).map((change) => change.id ?? '')
    await setup.client().table('stores').updateById(id, { city: 'Ostend' })
    const { counts, problems } = await undoJob()
    expect(counts).toMatchObject({ total: 6, undone: 5, conflicts: 1 })
    expect(problems).toMatchObject([{ id, status: 'conflict' }])
    const rest = await undoJob({ records: [id], force: true })
    expect(rest).toMatchObject({ undoes: [first], counts: { total: 1, undone: 1 } })
  })

  it('undoes nothing while a run of it is at work', async () => {
    const first = await run((table) => table.insertMany(rows(0, 3)))
    const { journal, connection } = setup
    await using set = journal.changeSet({ tool: 'test', connection, job: JOB })
    await setup.client(set).table('stores').insertMany(rows(3, 1))
    await expect(undoJob()).rejects.toThrow('still being written to')
    expect((await journal.show(first)).undone).toBe(0)
  })
})

it('killed at any moment it continues, and the table is as before', async () => {
  const { start, sets } = await threeRuns()
  const left = () => Promise.all(sets.map(async (id) => (await setup.journal.show(id)).undone))
  for (const enough of [10, 60, 100]) {
    setup.emulator.faults.set([
      { kind: 'latency', ms: { min: 5, max: 30 } },
      { kind: 'hang', when: 'after', actions: ['DELETE', 'INSERT', 'UPDATE'], rate: 0.05 },
    ])
    const cut = new AbortController()
    const undoing = undoJob({
      signal: cut.signal,
      onProgress: ({ undone }) => undone >= enough && cut.abort(new Error('killed')),
    })
    const timer = setTimeout(() => cut.abort(new Error('killed')), 3_000)
    await undoing.catch(() => undefined)
    clearTimeout(timer)
    setup.emulator.faults.clear()
  }
  expect((await left()).some((count) => count > 0)).toBe(true)
  const { counts, ids } = await undoJob()
  expect(counts).toMatchObject({ conflicts: 0, unknown: 0, unsettled: 0, rejected: 0 })
  expect(others(setup.values())).toEqual(start)
  expect(await left()).toEqual([22, 50, 50])
  // Each change set has one undo, regardless of the number of runs.
  expect(ids).toHaveLength(3)
})

describe('what an id names', () => {
  it('is a change set before a job, and refused where it is not clear', async () => {
    const { journal } = setup
    const set = await run((table) => table.insertMany(rows(0, 1)))
    expect(await journal.resolve(set)).toEqual({ kind: 'changeSet', id: set })
    expect(await journal.resolve(JOB)).toEqual({ kind: 'job', id: JOB })
    expect(await journal.resolve('job42')).toEqual({ kind: 'job', id: JOB })
    expect(await journal.findJob('job')).toBe(JOB)
    await run((table) => table.insertMany(rows(1, 1)), `${set.slice(0, 7)}zz`)
    await run((table) => table.insertMany(rows(2, 1)), set)
    expect(await journal.resolve(set)).toEqual({ kind: 'changeSet', id: set })
    await expect(journal.resolve(set.slice(0, 7))).rejects.toThrow(
      /several change sets or jobs begin with/,
    )
    await expect(journal.findJob(set.slice(0, 7))).rejects.toThrow(/several jobs begin with/)
    expect(await journal.findJob(set)).toBe(set)
    for (const none of ['nothing', '', '*', "'"]) {
      await expect(journal.resolve(none)).rejects.toThrow('there is no change set or job')
      await expect(journal.findJob(none)).rejects.toThrow('there are no changes of a job')
    }
    expect((await journal.ofJob(JOB)).map(({ id }) => id)).toEqual([set])
    expect(await journal.list({ job: JOB })).toHaveLength(1)
  })
})
