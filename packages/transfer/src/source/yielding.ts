/** Lets what else the process has to do come in between: answers of a server, signals, timers. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Others wait about this long at most; a turn of the event loop costs some microseconds. */
const LONGEST_TURN_MS = 20

/** To be awaited now and then in a long loop: gives the event loop its turn when it is due. */
export function createTurns(): () => Promise<void> | undefined {
  let since = performance.now()
  const take = async (): Promise<void> => {
    await nextTurn()
    since = performance.now()
  }
  return () => (performance.now() - since < LONGEST_TURN_MS ? undefined : take())
}

/**
 * The same items. Reading and checking rows awaits much, but mostly what is there already, and that
 * keeps the event loop from its next turn.
 */
export async function* yielding<Item>(
  items: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  const turn = createTurns()
  for await (const item of items) {
    yield item
    const due = turn()
    if (due !== undefined) await due
  }
}
