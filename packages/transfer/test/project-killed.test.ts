/** Applies whose process is gone, at any moment: what a resumed one leaves is what was planned. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { JobStore } from '../src/index.ts'
import { type ApplyReport, applyProject, resumeApply } from '../src/project/index.ts'
import { ProjectSetup } from './project-setup.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'int' },
]

const PROJECT = `
syncs:
  publish: { from: stores@draft, to: stores@live, key: code, delete: true }
  other: { from: other.ndjson, to: others }
  stores: { from: stores.ndjson, to: stores@draft, key: code, delete: true }
`

function rowOf(n: number, size = n): Values {
  return { code: `c${n}`, name: `name ${n}`, size }
}

function lines(records: readonly Values[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

/** Before: 40 records in DRAFT, 30 in LIVE; the source has 60, of which 10 are changed. */
async function start(): Promise<ProjectSetup> {
  const setup = await ProjectSetup.start([
    { name: 'stores', columns: COLUMNS },
    { name: 'others', columns: COLUMNS },
  ])
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => from + n)
  setup.put(
    'stores',
    numbers(0, 40).map((n) => rowOf(n)),
  )
  setup.put(
    'stores',
    numbers(20, 50).map((n) => rowOf(n)),
    'LIVE',
  )
  const source = numbers(10, 70).map((n) => rowOf(n, n < 20 ? n + 1_000 : n))
  setup.files.set('stores.ndjson', lines(source))
  // Equal rows, which only their number tells apart.
  setup.files.set('other.ndjson', lines(Array.from({ length: 25 }, (_, n) => rowOf(n % 5))))
  return setup
}

interface Killed {
  readonly store: JobStore
  readonly job: string | undefined
}

/** Runs until the write of this number is about to be sent; then the job is as a kill leaves it. */
async function killAt(
  setup: ProjectSetup,
  write: number,
  run: (signal: AbortSignal) => Promise<ApplyReport>,
  from: JobStore,
  name: string,
): Promise<Killed | undefined> {
  const signal = new AbortController()
  const folder = join(setup.folder, name)
  let left = write
  let isCopied = false
  setup.beforeWrite = () => {
    if (left-- > 0 || isCopied) return
    isCopied = true
    cpSync(from.folder, folder, { recursive: true })
    signal.abort(new Error('killed'))
  }
  // What was cut off may end in any way.
  await run(signal.signal).catch(() => undefined)
  setup.beforeWrite = undefined
  if (!isCopied) return undefined
  const store = new JobStore(folder)
  return { store, job: (await store.list())[0]?.id }
}

it('resumed after kills at any write, loses nothing and doubles nothing', {
  timeout: 180_000,
}, async () => {
  const cut = fc.integer({ min: 0, max: 150 })
  const when = fc.constantFrom('before', 'after')
  await fc.assert(
    fc.asyncProperty(cut, fc.integer({ min: 0, max: 60 }), when, async (first, second, when) => {
      await using setup = await start()
      setup.emulator.faults.set([{ kind: 'latency', when: when as 'before', ms: 3 }])
      const { host } = setup
      const project = setup.parse(PROJECT)
      const begin = (signal: AbortSignal) =>
        applyProject({ project, host, store: setup.store, signal })
      let killed = await killAt(setup, first, begin, setup.store, 'once')
      if (killed?.job !== undefined) {
        const { store, job } = killed
        const resume = async (signal: AbortSignal) =>
          resumeApply({ job: await store.open(job), host, signal })
        killed = (await killAt(setup, second, resume, store, 'twice')) ?? killed
      }
      setup.emulator.faults.clear()
      if (killed?.job !== undefined) {
        const [job] = await killed.store.list()
        if (job?.status !== 'done') {
          const report = await resumeApply({ job: await killed.store.open(killed.job), host })
          expect(report).toMatchObject({ finished: true, ok: true, left: [] })
        }
      } else if (killed !== undefined) {
        // Nothing was on the disk yet, so that nothing was written: it begins again.
        expect((await setup.apply(PROJECT)).ok).toBe(true)
      }
      expect(setup.contents('stores')).toHaveLength(60)
      expect(setup.contents('stores', 'LIVE')).toEqual(setup.contents('stores'))
      expect(setup.contents('others')).toHaveLength(25)
    }),
    { numRuns: 5 },
  )
})

it('resumed where the table changed meanwhile, leaves what it did not plan', async () => {
  await using setup = await start()
  const { host } = setup
  const project = setup.parse(PROJECT)
  const run = (signal: AbortSignal) => applyProject({ project, host, store: setup.store, signal })
  const killed = await killAt(setup, 5, run, setup.store, 'once')
  const [record] = setup.emulator.tables
    .records('stores', 'DRAFT')
    .filter(({ values }) => values.code === 'c0')
  await setup.edit('stores', record?.id ?? '', { name: 'edited' })
  const report = await resumeApply({
    job: (await killed?.store.open(killed.job ?? '')) as never,
    host,
  })
  expect(report).toMatchObject({ finished: true, ok: false, left: ['publish'] })
  expect(report.syncs.find(({ name }) => name === 'stores')?.report).toMatchObject({ rejected: 1 })
  // What it would have been published from is not what was planned.
  expect(setup.contents('stores', 'LIVE')).toHaveLength(30)
})
