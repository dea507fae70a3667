/** The tests that every store of jobs passes: what a process leaves, and what the next one finds. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job, JobStore, RowState } from '@chatlayer-tables/transfer'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

export interface JobStoreSetup {
  /** Makes an empty store, before each test. */
  readonly start: () => Promise<void>
  readonly end: () => Promise<void>
  /** Opens it for a process, on a machine of its own where machines share it. */
  readonly open: () => Promise<JobStore>
  /**
   * The process of this store is gone, in the middle of what it did.
   *
   * @returns the store as the next process finds it
   */
  readonly kill: (store: JobStore) => Promise<JobStore>
  /** How many sequences of steps are tried. */
  readonly runs: number
}

/** Texts that stores may find hard. */
const FACTS = {
  kind: 'import',
  createdAt: '2026-01-01T00:00:00.000Z',
  text: 'a\0b \ud800 \u2028 "x" 🎈',
  big: 9_007_199_254_740_991,
  list: [null, { deep: [true] }],
}

let setup: JobStoreSetup

export function testJobStore(name: string, given: JobStoreSetup): void {
  describe(name, () => {
    beforeEach(async () => {
      setup = given
      await setup.start()
    })
    afterEach(() => setup.end())
    testJobs()
    testFiles()
    testRows()
  })
}

async function begin(store: JobStore, facts: unknown = FACTS): Promise<Job> {
  const prepared = await store.prepare()
  return await prepared.begin(facts)
}

function testJobs(): void {
  it('knows nothing of a job that was not begun, or was given up', async () => {
    const [store, other] = [await setup.open(), await setup.open()]
    await (await store.prepare()).discard()
    const prepared = await store.prepare()
    await prepared.begin(FACTS)
    await prepared.discard()
    expect([await store.list(), await other.list()]).toEqual([[], []])
  })

  it('keeps what a job was asked to do, how far it is, and how it ended', async () => {
    const [store, other] = [await setup.open(), await setup.open()]
    expect(await store.list()).toEqual([])
    const job = await begin(store)
    const { id } = job
    expect(await other.show(id)).toMatchObject({ id, status: 'running', facts: FACTS })
    await job.keepPlan({ inserts: 3 })
    await job.report({ ok: 1, text: FACTS.text })
    await job.close()
    const left = { id, status: 'unfinished', report: { ok: 1, text: FACTS.text } }
    expect(await other.list()).toMatchObject([left])
    const again = await other.open(id)
    expect([again.facts, again.plan, again.isDone]).toEqual([FACTS, { inserts: 3 }, false])
    expect(again.lastReport).toEqual({ ok: 1, text: FACTS.text })
    await again.report({ ok: 2 })
    await again.finish()
    await again.close()
    expect(await store.list()).toMatchObject([{ id, status: 'done', report: { ok: 2 } }])
    const done = await store.open(id)
    expect([done.isDone, done.facts, done.lastReport]).toEqual([true, FACTS, { ok: 2 }])
    await done.close()
  })

  it('lets one process work on a job', async () => {
    const [store, other] = [await setup.open(), await setup.open()]
    const job = await begin(store)
    for (const each of [store, other]) {
      await expect(each.open(job.id)).rejects.toThrow(`job ${job.id} is in use`)
      await expect(each.remove(job.id)).rejects.toThrow(`job ${job.id} is in use`)
    }
    await job.close()
    await (await other.open(job.id)).close()
    await (await store.open(job.id)).close()
  })

  it('finds a job by the beginning of its id, where it is the only one', async () => {
    const store = await setup.open()
    const ids: string[] = []
    // There are fewer letters.
    while (new Set(ids.map(([letter]) => letter)).size === ids.length) {
      const job = await begin(store)
      ids.push(job.id)
      await job.close()
    }
    const last = ids.at(-1) ?? ''
    await expect(store.show(last.slice(0, 1))).rejects.toThrow('jobs begin with')
    await expect(store.open('')).rejects.toThrow('there is no job ""')
    await expect(store.open('0')).rejects.toThrow('there is no job "0"')
    expect((await store.show(last.slice(0, 7))).id).toBe(last)
    expect(await store.remove(last)).toBe(last)
    await expect(store.show(last)).rejects.toThrow(`there is no job "${last}"`)
    expect((await store.list()).map(({ id }) => id).toSorted()).toEqual(ids.slice(0, -1).toSorted())
  })

  it('lists the job that was begun last first', async () => {
    const store = await setup.open()
    for (const year of [2025, 2027, 2026]) {
      await (await begin(store, { ...FACTS, createdAt: `${year}-01-01T00:00:00.000Z` })).close()
    }
    const years = (await store.list()).map(({ facts }) => (facts as typeof FACTS).createdAt)
    expect(years.map((date) => date.slice(0, 4))).toEqual(['2027', '2026', '2025'])
  })
}

function testFiles(): void {
  it('has the files of a job, which only its user may read', async () => {
    const store = await setup.open()
    const prepared = await store.prepare()
    const content = Buffer.from(Array.from({ length: 2_500_000 }, (_, at) => (at * 7) % 256))
    await writeFile(join(prepared.folder, 'input'), content, { mode: 0o600 })
    await writeFile(join(prepared.folder, 'empty'), '', { mode: 0o600 })
    const job = await prepared.begin(FACTS, [{ name: 'input' }, { name: 'empty' }])
    const next = await setup.kill(store)
    const again = await next.open(job.id)
    const path = join(again.folder, 'input')
    expect((await readFile(path)).equals(content)).toBe(true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readFile(join(again.folder, 'empty'))).length).toBe(0)
    await again.close()
  })
}

/** One step of a process that works on rows, or the end of the process. */
type Step =
  | { readonly kind: 'send'; readonly rows: number }
  | { readonly kind: 'end'; readonly which: number; readonly state: RowState }
  | { readonly kind: 'leaveOpen'; readonly which: number }
  | { readonly kind: 'flush' | 'conclude' | 'kill' | 'close' | 'reopenUnknown' }

const STATES = ['inserted', 'updated', 'rejected', 'unknown', 'deleted'] as const

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('send'), rows: fc.integer({ min: 1, max: 90 }) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('end'),
      which: fc.nat(),
      state: fc.constantFrom(...STATES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leaveOpen'), which: fc.nat() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('flush', 'conclude', 'kill', 'close', 'reopenUnknown'),
    }),
  },
) as fc.Arbitrary<Step>

function testRows(): void {
  it('keeps every mark, and every state that was flushed, however processes end', async () => {
    const steps = fc.array(STEP, { minLength: 5, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (all, keepStored) => {
        const model = await RowsModel.begin(await setup.open())
        for (const step of all) await model.take(step)
        await model.finish(keepStored)
      }),
      { numRuns: setup.runs },
    )
  })
}

const idOf = (n: number): string | undefined =>
  n % 3 === 0
    ? undefined
    : n % 3 === 1
      ? `id ${n}`
      : `0e0b9e2c-3a1a-4d6e-9a43-${String(n).padStart(12, '0')}`
const contentOf = (n: number): Buffer => Buffer.from(`content ${n % 2}`)

/** A job that processes work on one after the other, and what has to be known of its rows. */
class RowsModel {
  #store: JobStore
  #job: Job
  /** Final states that were flushed, and those that were not. */
  readonly #flushed = new Map<number, RowState>()
  readonly #pending = new Map<number, RowState>()
  /** Rows that may have been sent, and those that this process came to and has to end. */
  readonly #sent = new Set<number>()
  readonly #inFlight = new Set<number>()
  /** Rows that were certainly not sent, as long as nothing is marked. */
  #unsent = new Set<number>()
  /** The last row that this process came to. */
  #cursor = 0

  private constructor(store: JobStore, job: Job) {
    this.#store = store
    this.#job = job
  }

  static async begin(store: JobStore): Promise<RowsModel> {
    return new RowsModel(store, await begin(store))
  }

  async take(step: Step): Promise<void> {
    const { rows } = this.#job
    switch (step.kind) {
      case 'send':
        for (let left = step.rows; left > 0; left--) await this.#send(++this.#cursor)
        break
      case 'end': {
        const n = this.#choose(step.which)
        if (n === undefined) break
        const id = step.state === 'inserted' ? idOf(n) : undefined
        const content = step.state === 'inserted' && id === undefined ? contentOf(n) : undefined
        const problem = step.state === 'rejected' ? `problem ${n}` : undefined
        rows.setState(n, step.state, { id, content, problem })
        this.#pending.set(n, step.state)
        break
      }
      case 'leaveOpen': {
        const n = this.#choose(step.which)
        if (n === undefined) break
        rows.leaveOpen(n, `open ${n}`)
        break
      }
      case 'flush':
        await rows.flush()
        this.#allFlushed()
        break
      case 'conclude':
        await this.#conclude()
        break
      case 'reopenUnknown':
        // A process does so before it sends anything.
        if (this.#cursor > 0) break
        rows.reopenUnknown()
        for (const [n, state] of this.#flushed) {
          if (state !== 'unknown') continue
          for (const each of [this.#flushed, this.#sent, this.#unsent]) each.delete(n)
        }
        await rows.flush()
        break
      case 'kill':
        this.#store = await setup.kill(this.#store)
        await this.#continue()
        break
      case 'close':
        await this.#job.close()
        this.#store = await setup.open()
        await this.#continue()
        break
    }
  }

  async finish(keepStored: boolean): Promise<void> {
    await this.#job.finish(keepStored)
    await this.#job.close()
    const store = await setup.open()
    const job = await store.open(this.#job.id)
    expect([job.isDone, job.rows.reachedBefore, [...job.rows.problems()]]).toEqual([true, 0, []])
    await job.close()
    await store.remove(job.id)
  }

  async #send(n: number): Promise<void> {
    if (this.#flushed.has(n) || this.#pending.has(n)) return
    const { rows } = this.#job
    if (rows.attemptedBefore(n) === undefined) {
      await rows.mark(n, () => ({ records: n, dates: undefined }))
      this.#unsent = new Set()
    }
    this.#sent.add(n)
    this.#inFlight.add(n)
  }

  #choose(which: number): number | undefined {
    const all = [...this.#inFlight]
    const n = all[which % all.length]
    if (n !== undefined) this.#inFlight.delete(n)
    return n
  }

  #allFlushed(): void {
    for (const [n, state] of this.#pending) this.#flushed.set(n, state)
    this.#pending.clear()
  }

  /** In good order: what is in flight was not sent. */
  async #conclude(): Promise<void> {
    await this.#job.rows.concludeMarks(this.#cursor)
    this.#allFlushed()
    for (const n of this.#inFlight) {
      this.#sent.delete(n)
      this.#unsent.add(n)
    }
    await this.#job.close()
    this.#store = await setup.open()
    await this.#continue()
  }

  /** The next process takes the job over; what has to be known is. */
  async #continue(): Promise<void> {
    this.#job = await this.#store.open(this.#job.id)
    const { rows } = this.#job
    rows.reopen()
    for (const [n, state] of this.#pending) {
      const found = rows.stateOf(n)
      if (found !== undefined) this.#flushed.set(n, state)
    }
    const counts = { inserted: 0, updated: 0, rejected: 0, unknown: 0, deleted: 0 }
    for (const [n, state] of this.#flushed) {
      expect(rows.stateOf(n), `row ${n}`).toBe(state)
      counts[state]++
    }
    expect(rows.counts()).toEqual(counts)
    for (const n of this.#sent) {
      if (this.#flushed.has(n)) continue
      expect(rows.stateOf(n)).toBeUndefined()
      expect(rows.attemptedBefore(n), `the mark of row ${n}`).toBeDefined()
    }
    for (const n of this.#unsent) {
      expect(rows.attemptedBefore(n), `row ${n} was not sent`).toBeUndefined()
    }
    await this.#checkKnown()
    this.#pending.clear()
    this.#inFlight.clear()
    this.#cursor = 0
  }

  async #checkKnown(): Promise<void> {
    const ended = (state: RowState): number[] =>
      [...this.#flushed].filter(([, each]) => each === state).map(([n]) => n)
    const problems = ended('rejected').toSorted((a, b) => a - b)
    expect([...this.#job.rows.problems()]).toEqual(problems.map((n) => `problem ${n}`))
    const earlier = await this.#job.earlierRows()
    const nameless = [0, 0]
    for (const n of ended('inserted')) {
      const id = idOf(n)
      if (id === undefined) nameless[n % 2] = (nameless[n % 2] ?? 0) + 1
      else expect(earlier.has(id)).toBe(true)
    }
    expect([0, 1].map((n) => earlier.countOf(contentOf(n)))).toEqual(nameless)
    expect(earlier.has('id 0')).toBe(false)
  }
}
