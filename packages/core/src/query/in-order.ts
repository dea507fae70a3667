/** Why jobs are stopped; nobody sees it, and the default reason costs more than it seems. */
export const LEFT = new Error('the reader has left')

/**
 * Runs jobs ahead of their consumer, at most `ahead()` at a time, and gives their results in the
 * order of the jobs. `next` is asked for a job whenever there is room; undefined means that there is
 * none for now, and it is asked again after each result. Ends when there is neither job nor result.
 *
 * When the consumer stops early, `signal`s given to the jobs are aborted and what they still throw is
 * dropped.
 */
export async function* inOrder<T>(
  next: (signal: AbortSignal) => Promise<T> | undefined,
  ahead: () => number,
  outer: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const stop = new AbortController()
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal])
  const running: Promise<T>[] = []
  try {
    for (;;) {
      while (running.length < ahead()) {
        const job = next(signal)
        if (job === undefined) break
        // It may fail before its turn comes; its turn then reports it.
        job.catch(() => {})
        running.push(job)
      }
      const first = running.shift()
      if (first === undefined) return
      yield await first
    }
  } finally {
    // To abort what nobody waits for any more costs a short read more than its bookkeeping.
    if (running.length > 0) stop.abort(LEFT)
  }
}
