/**
 * The reason for aborting jobs. It is never shown, and the default reason is expensive to create.
 */
export const LEFT = new Error('the reader has left')

/**
 * Runs jobs ahead of their consumer, at most `ahead()` at a time, and yields their results in the
 * order of the jobs. `next` is called whenever a job may start; when it returns undefined, there is
 * no job now, and it is called again after each result. Ends when there is neither a job nor a
 * result.
 *
 * When the consumer stops early, jobs in flight are aborted and their errors are ignored. A job
 * that the consumer already waits for when it starts gets only the outer signal.
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
        // It may fail before its turn, which then reports the error.
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
