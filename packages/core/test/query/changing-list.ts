/**
 * A list in memory that a random writer changes between any two page requests, and that answers
 * requests in flight in random order. It shares no code with what it tests.
 */
import type { FetchPage, Page } from '../../src/query/page.ts'
import { makeRandom } from '../random.ts'

export type Order = 'stable' | 'updated-last' | 'updated-first' | 'shuffled'

export interface History {
  readonly order: Order
  readonly seed: number
  readonly count: number
  /** Maximum number of records in one response. */
  readonly cap: number
  readonly isLimitReported: boolean
  readonly totals: 'right' | 'missing' | 'page'
  readonly timestamps: 'constant' | 'ticking' | 'missing'
  /** Where inserts go, in a stable order. */
  readonly inserts: 'head' | 'tail' | 'anywhere'
  /** Changes before a request, on average, and the requests after which the writer stops. */
  readonly rate: number
  readonly busyRequests: number
  /** Whether each deletion comes with an insertion, so that totals stay. */
  readonly isBalanced: boolean
}

interface Item {
  readonly id: string
  readonly createdAt: string | undefined
  updatedAt: string | undefined
  values: Record<string, unknown>
}

export interface ChangingList {
  readonly fetch: FetchPage
  readonly requests: () => number
  /** Ids that existed from before the first request on, and are not deleted yet. */
  readonly standing: () => string[]
}

export function changingList(history: History): ChangingList {
  const { order, totals, timestamps } = history
  const random = makeRandom(history.seed)
  const below = (limit: number) => Math.floor(random() * limit)
  let clock = 0
  let made = 0
  let requests = 0
  const now = (): string | undefined => {
    if (timestamps === 'missing') return undefined
    if (timestamps === 'ticking') clock += 1
    return new Date(Date.UTC(2024, 0, 1) + clock * 1_000).toISOString()
  }
  const create = (): Item => {
    made += 1
    const at = now()
    return { id: `r${made}`, createdAt: at, updatedAt: at, values: { n: made } }
  }
  const list = Array.from({ length: history.count }, create)
  if (order === 'updated-first') list.reverse()
  const initial = new Set(list.map(({ id }) => id))

  function insert(): void {
    const head = order === 'updated-first' || (order === 'stable' && history.inserts === 'head')
    const anywhere = order === 'stable' && history.inserts === 'anywhere'
    const at = head ? 0 : anywhere ? below(list.length + 1) : list.length
    list.splice(at, 0, create())
  }

  function change(): void {
    const kind = below(3)
    const at = below(list.length)
    if (kind === 0 || list.length === 0) {
      insert()
      if (history.isBalanced && list.length > 1) list.splice(below(list.length), 1)
    } else if (kind === 1) {
      list.splice(at, 1)
      if (history.isBalanced) insert()
    } else {
      const [item] = list.splice(at, 1) as [Item]
      // Without dates an update that changes nothing cannot be seen.
      const isSame = timestamps === 'ticking' && below(4) === 0
      made += 1
      const updated: Item = {
        ...item,
        updatedAt: now(),
        values: isSame ? item.values : { n: made },
      }
      const place = order === 'updated-last' ? list.length : order === 'updated-first' ? 0 : at
      list.splice(place, 0, updated)
    }
  }

  function answer(skip: number, limit: number): Page {
    requests += 1
    if (requests > 1 && requests <= history.busyRequests) {
      for (let left = history.rate * 2 * random(); left > random(); left -= 1) change()
    }
    const listed =
      order === 'shuffled'
        ? list
            .map((item) => ({ item, key: random() }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item)
        : list
    const records = listed.slice(skip, skip + Math.min(limit, history.cap)).map((item) => {
      const { id, createdAt, updatedAt, values } = item
      return {
        id,
        values: { ...values },
        ...(createdAt !== undefined && { createdAt }),
        ...(updatedAt !== undefined && { updatedAt }),
      }
    })
    const total = { right: list.length, page: records.length, missing: undefined }[totals]
    const { isLimitReported } = history
    const used = isLimitReported ? Math.min(limit, history.cap) : limit
    return { skip, records, total, limit: used, isLimitReported }
  }

  const waiting: (() => void)[] = []
  const fetch: FetchPage = (skip, limit) =>
    new Promise((resolve) => {
      waiting.push(() => resolve(answer(skip, limit)))
      setImmediate(() => {
        const [run] = waiting.splice(below(waiting.length), 1)
        run?.()
      })
    })

  return {
    fetch,
    requests: () => requests,
    standing: () => list.map(({ id }) => id).filter((id) => initial.has(id)),
  }
}
