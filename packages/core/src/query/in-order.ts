/** Why jobs are stopped; nobody sees it, and the default reason costs more than it seems. */
export const LEFT = new Error('the reader has left')

/**
 * Runs jobs ahead of their consumer, at most `ahead()` at a time, and gives their results in the
 * order of the jobs. `next` is asked for a job whenever there is room; undefined means that there is
 * none for now, and it is asked again after each result. Ends when there is neither job nor result.
 *
 * When the consumer stops early, what runs ahead is aborted and what it still throws is dropped. A job
 * that the consumer already waits for when it starts is given the outer signal alone.
 */
export async function* inOrder<T>(
  next: (signal: AbortSignal | undefined) => Promise<T> | undefined,
  ahead: () => number,
  outer: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  let stop: AbortController | undefined
  let signal: AbortSignal | undefined
  const running: Promise<T>[] = []
  try {
    for (;;) {
      while (running.length < ahead()) {
        if (running.length > 0 && stop === undefined) {
          stop = new AbortController()
          signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal])
        }
        const job = next(running.length > 0 ? signal : outer)
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
    if (running.length > 0) stop?.abort(LEFT)
  }
}
