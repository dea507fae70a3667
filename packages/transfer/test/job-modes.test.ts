/** Imports that compare with the table by a key. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFile, type ImportPlan, type ImportSettings, type RowProblem } from '../src/index.ts'
import { linesFrom, Setup } from './job-setup.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
  await setup.import(BEFORE)
  setup.emulator.requests.clear()
})

afterEach(() => setup[Symbol.asyncDispose]())

const BEFORE = ['a,Ghent,1.50', 'b,Bruges,2', 'c,Antwerp,']
/** One as it is but for the way its number is written, one changed, one new. */
const AFTER = ['a,Ghent,1.5', 'b,Brugge,2', 'd,Leuven,4']

const by = (mode: 'upsert' | 'skip-existing' | 'replace'): ImportSettings => ({
  mode,
  key: ['code'],
})

/** How many requests of each kind that writes were sent. */
function writes(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { action } of setup.emulator.requests.log) {
    if (action !== undefined && action !== 'SELECT') counts[action] = (counts[action] ?? 0) + 1
  }
  return counts
}

describe('upsert', () => {
  it('writes what differs, and no more', async () => {
    const plans: ImportPlan[] = []
    const report = await setup.import(AFTER, by('upsert'), {
      onPlan: (plan) => void plans.push(plan),
    })
    expect(plans).toEqual([{ inserts: 1, updates: 1, unchanged: 1, deletes: 0 }])
    const counts = { read: 3, ok: 2, unchanged: 1, inserted: 1, updated: 1, deleted: 0 }
    expect(report).toMatchObject({ ...counts, finished: true })
    expect(report.tableCount).toEqual({ before: 3, after: 4, least: 4, most: 4, fits: true })
    expect(writes()).toEqual({ INSERT: 1, UPDATE: 1 })
    expect(setup.lines).toEqual(['a,Ghent,1.50', 'b,Brugge,2', 'c,Antwerp,', 'd,Leuven,4'])
    setup.emulator.requests.clear()
    expect(await setup.import(AFTER, by('upsert'))).toMatchObject({ ok: 0, unchanged: 3 })
    expect(writes()).toEqual({})
  })

  it('leaves alone what the file has no column for', async () => {
    const input = { path: join(setup.folder, 'some.csv') }
    await writeFile(input.path, 'code,size\nb,3\n')
    await setup.import([], by('upsert'), { input })
    expect(setup.lines).toContain('b,Bruges,3')
  })

  it('takes several columns for a key, and compares as their types do', async () => {
    const settings: ImportSettings = { mode: 'upsert', key: ['code', 'size'] }
    const report = await setup.import(['a,Gent,1.500', 'a,other,9'], settings)
    expect(report).toMatchObject({ updated: 1, inserted: 1 })
    expect(setup.lines).toContain('a,Gent,1.50')
  })

  it('refuses rows that share a key, naming their lines, before anything is written', async () => {
    const lines = ['a,x,1', 'b,x,1', 'a,y,1', 'd,x,1', 'd,y,1', 'a,z,1']
    const failure = setup.import(lines, by('upsert'))
    await expect(failure).rejects.toThrow(
      '2 keys appear in the file more than once (code): lines 2, 4, 7; lines 5, 6',
    )
    expect(writes()).toEqual({})
    expect((await setup.store.list()).filter(({ status }) => status !== 'done')).toEqual([])
  })

  it('writes nothing of a file that breaks late or has too many bad rows, and leaves no job', async () => {
    const broken = setup.import(['a,Gent,1', 'n,x,2', '"b"x,x,1'], by('upsert'))
    await expect(broken).rejects.toThrow('line 4: something follows the closing quote')
    const settings = { ...by('replace'), maxErrors: 3 }
    const bad = setup.import(['n,x,2', ',x,1', 'c,x,y', 'd,x'], settings)
    await expect(bad).rejects.toThrow(/3 rows of the file.*line 3: .*key.*line 4: .*"y".*line 5: /)
    expect(writes()).toEqual({})
    expect((await setup.store.list()).filter(({ status }) => status !== 'done')).toEqual([])
  })

  it('rejects a row without a key, and one whose key several records have', async () => {
    setup.emulator.tables.insert('stores', [{ code: 'b', name: 'twin' }])
    const report = await setup.import([',nobody,1', 'b,Brugge,2', 'e,Genk,5'], by('upsert'))
    expect(report).toMatchObject({ read: 3, ok: 1, rejected: 2 })
    const errors = (await setup.beside('stores.errors.ndjson')) ?? ''
    expect(errors).toContain('no value in the key column')
    expect(errors).toContain('several records have the key of this row, code = \\"b\\"')
    expect(await setup.beside('stores.rejected.csv')).toBe(
      'code,name,size\n,nobody,1\nb,Brugge,2\n',
    )
  })

  it('is resumed after a kill, and knows what was done', { timeout: 60_000 }, async () => {
    const lines = [...AFTER, ...linesFrom(0, 300)]
    setup.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 30, actions: ['INSERT'] }])
    const signal = new AbortController()
    const running = setup.import(lines, by('upsert'), { signal: signal.signal })
    while (setup.emulator.tables.count('stores') < 100) await new Promise((r) => setTimeout(r, 5))
    const store = setup.killed()
    signal.abort(new Error('killed'))
    const { job } = await running
    setup.emulator.faults.clear()
    const report = await setup.resume(job, store)
    const counts = { read: 303, ok: 302, unchanged: 1, inserted: 301, updated: 1 }
    expect(report).toMatchObject({ ...counts, finished: true })
    expect(report.tableCount).toMatchObject({ after: 304, least: 304 })
    expect(setup.emulator.tables.count('stores')).toBe(304)
  })
})

describe('skip-existing', () => {
  it('inserts what is new, and leaves what is there', async () => {
    const report = await setup.import(AFTER, by('skip-existing'))
    expect(report).toMatchObject({ read: 3, ok: 1, unchanged: 2, inserted: 1, updated: 0 })
    expect(setup.lines).toEqual([...BEFORE, 'd,Leuven,4'])
  })
})

describe('replace', () => {
  it('deletes what the file lacks, when all rows are well', async () => {
    setup.emulator.tables.insert('stores', [{ name: 'without a key' }])
    const plans: ImportPlan[] = []
    const report = await setup.import(AFTER, by('replace'), {
      onPlan: (plan) => void plans.push(plan),
    })
    expect(plans).toMatchObject([{ deletes: 2 }])
    expect(report).toMatchObject({ ok: 2, unchanged: 1, deleted: 2, notDeleted: 0, finished: true })
    expect(report.tableCount).toEqual({ before: 4, after: 3, least: 3, most: 3, fits: true })
    expect(setup.lines).toEqual(['a,Ghent,1.50', 'b,Brugge,2', 'd,Leuven,4'])
  })

  it('deletes nothing when a row is not well', async () => {
    const report = await setup.import([...AFTER, 'e,Genk,north'], by('replace'))
    expect(report).toMatchObject({ ok: 2, rejected: 1, deleted: 0, notDeleted: 1, finished: true })
    expect(setup.lines).toContain('c,Antwerp,')
  })

  it('writes nothing when it is not wanted after all', async () => {
    const refuse = () => {
      throw new Error('not wanted')
    }
    const failure = setup.import(AFTER, by('replace'), { onPlan: refuse })
    await expect(failure).rejects.toThrow('not wanted')
    expect(writes()).toEqual({})
    expect(await setup.store.list()).toHaveLength(1)
  })

  it('resumes deleting where it was stopped, and asks again', async () => {
    setup.emulator.tables.insert('stores', [{ code: 'more' }, ...codes(0, 200)])
    const stop = new AbortController()
    setup.emulator.faults.set([{ kind: 'latency', ms: 5, actions: ['DELETE'] }])
    const first = await setup.import(AFTER, by('replace'), {
      stop: stop.signal,
      onProgress: ({ phase }) => phase === 'deleting' && stop.abort(),
    })
    expect(first).toMatchObject({ ok: 2, unchanged: 1, finished: false })
    expect(first.deleted).toBeGreaterThan(0)
    expect(first.deleted).toBeLessThan(202)
    const plans: ImportPlan[] = []
    const second = await setup.resume(first.job, setup.store, {
      onPlan: (plan) => void plans.push(plan),
    })
    expect(plans).toMatchObject([{ inserts: 0, updates: 0, deletes: 202 - first.deleted }])
    expect(second).toMatchObject({ read: 3, ok: 2, unchanged: 1, deleted: 202, finished: true })
    expect(setup.lines).toEqual(['a,Ghent,1.50', 'b,Brugge,2', 'd,Leuven,4'])
  })
})

function codes(from: number, count: number): { code: string }[] {
  return Array.from({ length: count }, (_, at) => ({ code: `old ${from + at}` }))
}

describe('a check', () => {
  async function check(lines: readonly string[], settings: ImportSettings) {
    const problems: RowProblem[] = []
    const report = await checkFile({
      table: setup.table,
      input: { path: await setup.file(lines) },
      settings,
      onProblem: (problem) => void problems.push(problem),
    })
    expect(writes()).toEqual({})
    return { report, problems }
  }

  it('reports every problem, and what there is to do', async () => {
    setup.emulator.tables.insert('stores', [{ code: 'c', name: 'twin' }])
    const lines = [...AFTER, 'c,x,1', 'e,x,north', 'f,x', 'g,x,1', ',x,1', 'g,y,1']
    const { report, problems } = await check(lines, by('replace'))
    expect(report).toMatchObject({ table: 'stores', read: 9, problems: 6, brokenOff: undefined })
    expect(report.plan).toMatchObject({ unchanged: 1, deletes: 0 })
    expect(problems.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      expect.stringMatching(/^6: .*north/),
      expect.stringMatching(/^7: the row has 2 cells/),
      expect.stringMatching(/^9: the row has no value in the key column/),
      expect.stringMatching(/^8: other rows have the same key \(code\): lines 8, 10/),
      expect.stringMatching(/^10: other rows have the same key/),
      expect.stringMatching(/^5: more than one record of the table has the key/),
    ])
    expect(problems[0]).toMatchObject({ column: 'size', value: 'north', fix: expect.anything() })
  })

  it('reports all that is wrong with one row', async () => {
    const path = await setup.file([])
    await writeFile(path, 'code,size,opened\na,big,03/04/2024\n')
    const columns = { code: 'text', size: 'numeric', opened: 'timestamp' }
    setup.emulator.tables.create({
      name: 'dated',
      columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
    })
    const problems: RowProblem[] = []
    const report = await checkFile({
      table: setup.client.table('dated'),
      input: { path },
      settings: { mode: 'insert' },
      onProblem: (problem) => void problems.push(problem),
    })
    expect(report).toMatchObject({ read: 1, problems: 2 })
    expect(problems.map(({ line, column }) => `${line} ${column}`)).toEqual(['2 size', '2 opened'])
  })

  it('of new rows counts them', async () => {
    const { report, problems } = await check(['a,x,1', 'b,x,2'], { mode: 'insert' })
    expect(report.plan).toEqual({ inserts: 2, updates: 0, unchanged: 0, deletes: 0 })
    expect(problems).toEqual([])
  })

  it('reports where a file ends early', async () => {
    const { report } = await check(['a,x,1', '"b"x,x,1'], { mode: 'insert' })
    expect(report).toMatchObject({ read: 1, problems: 0 })
    expect(report.brokenOff?.message).toContain('line 3')
  })
})

it('an import reports all that is wrong with a row, of its cells and of what cannot be sent', async () => {
  const columns = Object.entries({ a: 'text', b: 'text', c: 'int' })
  const table = { name: 'words', columns: columns.map(([name, type]) => ({ name, type })) }
  setup.emulator.tables.create(table)
  const { url: baseUrl, token, teamId, botId } = setup.emulator
  // Such a client cannot write the text "null".
  const dialect = { nullEncoding: 'word' } as const
  await using client = createClient({ baseUrl, token, teamId, botId, dialect })
  const input = { path: join(setup.folder, 'words.csv') }
  await writeFile(input.path, 'a,b,c\nx,y,3\nnull,x,x\nnull,null,x\nnull,null,1\n')
  const problems: RowProblem[] = []
  const options = { input, onProblem: (problem: RowProblem) => void problems.push(problem) }
  const own = { table: client.table('words'), ...options }
  const report = await setup.import([], { mode: 'insert' }, own)
  expect(report).toMatchObject({ read: 4, ok: 1, rejected: 3, finished: true })
  expect(problems.map(({ line, column }) => `${line}${column}`).toSorted()).toEqual([
    '3a',
    '3c',
    '4a',
    '4b',
    '4c',
    '5a',
    '5b',
  ])
})
