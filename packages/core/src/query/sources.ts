import { LEFT } from './in-order.ts'

/**
 * Runs several generators one after the other, each started early so that their first pages are
 * read in parallel; at most `ahead` are open at once. Stopping early closes the open ones.
 */
export async function* chain<T>(
  sources: readonly ((signal: AbortSignal) => AsyncGenerator<T, void, undefined>)[],
  ahead: number,
  outer: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const stop = new AbortController()
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal])
  const open: { source: AsyncGenerator<T, void, undefined>; first: Promise<IteratorResult<T>> }[] =
    []
  let started = 0
  try {
    for (;;) {
      for (; open.length < ahead && started < sources.length; started += 1) {
        const source = sources[started]?.(signal)
        if (source === undefined) break
        const first = source.next()
        // It may fail before its turn, which then reports the error.
        first.catch(() => {})
        open.push({ source, first })
      }
      const [head] = open
      if (head === undefined) return
      for (let result = await head.first; !result.done; result = await head.source.next()) {
        yield result.value
      }
      open.shift()
    }
  } finally {
    stop.abort(LEFT)
    await Promise.allSettled(open.map(({ source }) => source.return()))
  }
}
