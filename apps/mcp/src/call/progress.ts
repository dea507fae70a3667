/** Reports to clients that a call is running, with what is known, also while its tool has nothing to report. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestFacts } from '../request-facts.ts'
import { counted, grouped } from '../result/sentences.ts'

/** What a call has done so far. */
interface Figures {
  responses: number
  records: number
}

const figures = new AsyncLocalStorage<Figures>()

/** Counts a response of the gateway for the call that runs. */
export function noteResponse(): void {
  const known = figures.getStore()
  if (known !== undefined) known.responses += 1
}

/** Counts records that the call that runs has read. */
export function noteRecords(records: number): void {
  const known = figures.getStore()
  if (known !== undefined) known.records += records
}

/** A call without a report for this long gets one. */
const QUIET_MS = 900
const CHECK_MS = 100

/** Runs a call. If its client asked for progress, it gets a report at least every second. */
export async function withProgress<T>(
  facts: RequestFacts,
  act: (facts: RequestFacts) => Promise<T>,
): Promise<T> {
  const { progress } = facts
  if (progress === undefined) return act(facts)
  const known: Figures = { responses: 0, records: 0 }
  let last: readonly [done: number, total: number | undefined, message: string] | undefined
  let at = performance.now()
  const report: typeof progress = (...reported) => {
    last = reported
    at = performance.now()
    return progress(...reported)
  }
  const timer = setInterval(() => {
    if (performance.now() - at < QUIET_MS) return
    at = performance.now()
    void progress(...(last ?? [known.responses, undefined, messageOf(known)]))
  }, CHECK_MS).unref()
  try {
    return await figures.run(known, () => act({ ...facts, progress: report }))
  } finally {
    clearInterval(timer)
  }
}

function messageOf({ responses, records }: Figures): string {
  const requests = counted(responses, 'request')
  return records === 0
    ? `${requests} answered`
    : `${grouped(records, 'record')} read, ${requests} answered`
}
