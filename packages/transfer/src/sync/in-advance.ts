/**
 * Gives what `work` makes of each item, in their order, with `count` items worked on at once. An
 * error comes in its item's place; leaving the loop early begins no more work.
 */
export async function* inAdvance<T, R>(
  items: Iterable<T>,
  count: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = []
  for (const item of items) {
    const result = work(item)
    // Its turn to be awaited may never come.
    result.catch(() => undefined)
    begun.push(result)
    if (begun.length < count) continue
    const [first] = begun.splice(0, 1)
    if (first !== undefined) yield await first
  }
  for (const result of begun) yield await result
}
