/**
 * Keeps the memory of a long transfer small, from its start to its end. The client does the same for
 * the time of a bulk write, see docs/decisions/0011-heap-of-long-writes.md; reading and writing files
 * is this program's own affair.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const MEGABYTE = 1024 * 1024

/** Node's limit for a half of the young generation on a small machine, in megabytes. */
const HALF = 16

const LOOK_MS = 200

/** How much of what survived a collection may come on top before the next one. */
const GROWING = '--heap-growing-percent=50'

/**
 * To be called once, before the transfer begins; ends with the process.
 *
 * @param half where the halves of the young generation stop growing, in megabytes: a smaller one is
 *   collected more often
 */
export function useLittleMemory(half = HALF): void {
  setFlagsFromString(GROWING)
  const look = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if ((young?.space_size ?? 0) < 2 * half * MEGABYTE) return
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(look)
  }, LOOK_MS)
  look.unref()
}
