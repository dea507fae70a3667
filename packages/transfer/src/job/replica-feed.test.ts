/** What is written ahead of requests, and what follows, with a store that is slow or away. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StorageError } from '@chatlayer-tables/local'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createJobDatabase } from './job-database.ts'
import type { JobChange, JobFigures, JobReplica, JobReplicas } from './job-replicas.ts'
import { PartFeed, ReplicaFeed } from './replica-feed.ts'
import { RowStates } from './row-states.ts'

/** A replica that writes when it is let. */
class SlowReplica {
  readonly written: JobChange[][] = []
  readonly figures: (JobFigures | undefined)[] = []
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = []

  async write(changes: readonly JobChange[], figures: JobFigures | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.written.push([...changes])
    this.figures.push(figures)
  }

  async one(): Promise<void> {
    while (this.#waiting.length === 0) await turn()
    this.#waiting.shift()?.resolve()
    await turn()
  }

  async fail(error: Error): Promise<void> {
    while (this.#waiting.length === 0) await turn()
    this.#waiting.shift()?.reject(error)
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

let folder: string
let replica: SlowReplica
let feed: PartFeed
let rows: RowStates

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replica-feed-'))
  replica = new SlowReplica()
  const lock = { lost: new AbortController().signal, certain: () => undefined }
  // Only what it writes is asked for.
  const asReplica = replica as unknown as JobReplica
  feed = new PartFeed(new ReplicaFeed({} as JobReplicas, asReplica, lock), '')
  rows = new RowStates(createJobDatabase(join(folder, 'job.sqlite'), {}), feed)
})

afterEach(() => rmSync(folder, { recursive: true }))

const none = () => undefined

it('a row may leave only when its mark is in the store, with the states that came before', async () => {
  rows.setState(1, 'inserted', { id: 'x' })
  let mayLeave = false
  const marking = Promise.resolve(rows.mark(2, none)).then(() => {
    mayLeave = true
  })
  for (let n = 0; n < 5; n++) await turn()
  expect(mayLeave).toBe(false)
  await replica.one()
  await marking
  expect(replica.written).toMatchObject([
    [
      { part: '', kind: 'rows', rows: [{ n: 1, state: 'inserted', id: 'x' }], problems: [] },
      { part: '', kind: 'mark', mark: { id: 1, first: 2 } },
    ],
  ])
  expect(rows.mark(3, none)).toBeUndefined()
})

it('marks are forgotten after the states of their rows', async () => {
  const marking = rows.mark(1, none)
  await replica.one()
  await marking
  rows.setState(1, 'inserted')
  rows.leaveOpen(2)
  const concluding = rows.concludeMarks(3)
  await replica.one()
  await concluding
  expect(replica.written.at(-1)?.map(({ kind }) => kind)).toEqual(['rows', 'marks'])
  expect(replica.written.at(-1)?.at(-1)).toMatchObject({ marks: [{ first: 2, through: 2 }] })
})

it('what comes while the store is slow is written at once', async () => {
  feed.push({ kind: 'reopen' })
  await turn()
  for (const value of ['1', '2', '3']) feed.push({ kind: 'fact', name: 'plan', value })
  await replica.one()
  await replica.one()
  await feed.settle()
  expect(replica.written.map(({ length }) => length)).toEqual([1, 3])
})

it('after an error nothing more is written, and every wait ends with it', async () => {
  const marking = Promise.resolve(rows.mark(1, none))
  const away = new StorageError('unreachable', 'postgres://db/clt')
  const failing = expect(marking).rejects.toBe(away)
  await replica.fail(away)
  await failing
  rows.setState(1, 'inserted')
  await expect(rows.flush()).rejects.toBe(away)
  await expect(rows.concludeMarks(1)).rejects.toBe(away)
  expect([replica.written, feed.feed.failure, feed.feed.isSettled]).toEqual([[], away, false])
})

it('figures of parts are added up, and the job itself knows how much is planned', async () => {
  const figures = { written: 1, rejected: 2, unknown: 3, planned: 10 }
  feed.watch(() => ({ written: 0, rejected: 0, unknown: 0, planned: 100 }))
  feed.within('parts/1/a').watch(() => figures)
  feed.within('parts/2/b').watch(() => figures)
  feed.push({ kind: 'reopen' })
  await replica.one()
  await feed.settle()
  expect(replica.figures).toEqual([{ written: 2, rejected: 4, unknown: 6, planned: 100 }])
})
