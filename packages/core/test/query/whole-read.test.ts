/** Full reads while others write: whole, or reported as not whole. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TableChangedError } from '../../src/errors.ts'
import { readRecords } from '../../src/query/read.ts'
import { changingList, type History } from './changing-list.ts'

interface Outcome {
  readonly isWhole: boolean
  readonly requests: number
  readonly missed: readonly string[]
}

async function run(history: History): Promise<Outcome> {
  const list = changingList(history)
  const seen = new Set<string>()
  let isWhole = true
  try {
    const pages = readRecords(list.fetch, {
      pageSize: 100,
      skip: 0,
      want: undefined,
      ahead: 8,
      mayStopEarly: false,
      totalCounts: history.seed % 2 === 0,
      maxPasses: 3,
      signal: undefined,
    })
    for await (const page of pages) {
      for (const { id } of page) {
        if (seen.has(id)) throw new Error(`${id} came twice`)
        seen.add(id)
      }
    }
  } catch (error) {
    if (!(error instanceof TableChangedError)) throw error
    isWhole = false
  }
  const missed = list.standing().filter((id) => !seen.has(id))
  return { isWhole, requests: list.requests(), missed }
}

const histories = fc.record<History>({
  order: fc.constantFrom('stable', 'stable', 'updated-last', 'updated-first', 'shuffled'),
  seed: fc.nat(),
  count: fc.oneof(fc.nat(40), fc.nat(250)),
  cap: fc.constantFrom(1, 2, 3, 5, 7, 10, 20, 20, 100),
  isLimitReported: fc.boolean(),
  totals: fc.constantFrom('right', 'right', 'missing', 'page'),
  timestamps: fc.constantFrom('constant', 'ticking', 'missing'),
  inserts: fc.constantFrom('head', 'tail', 'anywhere'),
  rate: fc.constantFrom(0.1, 0.5, 1, 3),
  busyRequests: fc.constantFrom(0, 5, 15, 40, Number.POSITIVE_INFINITY),
  isBalanced: fc.boolean(),
})

const RUNS = Number(process.env.READ_RUNS ?? 2_500)

test(`a read holds every record that existed throughout, or reports: ${RUNS} histories`, {
  timeout: 300_000,
}, async () => {
  const counts = new Map<string, number[]>()
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const { isWhole, missed } = await run(history)
      const count = counts.get(history.order) ?? [0, 0]
      count[isWhole ? 0 : 1]! += 1
      counts.set(history.order, count)
      if (isWhole) expect(missed).toEqual([])
    }),
    { numRuns: RUNS },
  )
  if (process.env.READ_RUNS) console.log(counts)
})
