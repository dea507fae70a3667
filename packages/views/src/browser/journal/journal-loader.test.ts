import { expect, it } from 'vitest'
import type { JournalEntry, JournalParams } from '../../protocol/journal.ts'
import type { RequestName, RequestParams, RequestResult } from '../../protocol/requests.ts'
import { JournalLoader } from './journal-loader.ts'

const entry = (index: number): JournalEntry => ({
  ...{ changeSet: `set ${index}`, at: '', table: 'stores', version: 'DRAFT', who: '' },
  counts: { inserted: 1, updated: 0, deleted: 0, rejected: 0, unknown: 0 },
  ...{ undone: 0, status: 'settled' },
})

/** A host with this many change sets, of which a request gives at most two. */
function hostOf(count: number) {
  const asked: JournalParams[] = []
  const state = { written: 0 }
  const answer = (params: JournalParams) => {
    asked.push(params)
    const from = Number(params.after ?? 0)
    const length = Math.min(2, count - from)
    const entries = Array.from({ length }, (_, index) => entry(from + index - state.written))
    return { entries, ...(from + 2 < count && { next: `${from + 2}` }) }
  }
  return {
    asked,
    state,
    async request<Name extends RequestName>(_: Name, params: RequestParams<Name>) {
      return answer(params as JournalParams) as RequestResult<Name>
    },
  }
}

it('loads older pages after the newest until there are none', async () => {
  const host = hostOf(5)
  const loader = new JournalLoader(host, 'stores@draft')
  await loader.reload()
  expect([loader.entries.length, loader.hasOlder]).toEqual([2, true])
  await loader.loadOlder()
  await loader.loadOlder()
  expect(loader.entries).toEqual([0, 1, 2, 3, 4].map(entry))
  expect(loader.hasOlder).toBe(false)
  expect(host.asked.map(({ after }) => after)).toEqual([undefined, '2', '4'])
  expect(host.asked.every(({ table }) => table === 'stores@draft')).toBe(true)
})

it('loads again as much as before', async () => {
  const loader = new JournalLoader(hostOf(9), undefined)
  await loader.reload(5)
  expect([loader.entries.length, loader.hasOlder]).toEqual([6, true])
})

it('shows a change set once, if others were written between two pages', async () => {
  const host = hostOf(5)
  const loader = new JournalLoader(host, undefined)
  await loader.reload()
  host.state.written = 1
  await loader.loadOlder()
  expect(loader.entries).toEqual([0, 1, 2].map(entry))
})

it('drops the result of a loading that another one has replaced', async () => {
  const loader = new JournalLoader(hostOf(5), undefined)
  const results = await Promise.all([loader.reload(5), loader.reload()])
  expect(results).toEqual([false, true])
  expect(loader.entries).toHaveLength(2)
})
