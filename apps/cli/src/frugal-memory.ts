/**
 * Keeps the memory of a long transfer small, from its start to its end. The client does the same for
 * the time of a bulk write, see docs/decisions/0011-heap-of-long-writes.md; reading and writing files
 * is this program's own affair.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** The young generation with both its halves at 16 MB, which is Node's limit on a small machine. */
const YOUNG_BYTES = 32 * 1024 * 1024

const LOOK_MS = 200

/** How much of what survived a collection may come on top before the next one. */
const GROWING = '--heap-growing-percent=50'

/** To be called once, before the transfer begins; ends with the process. */
export function useLittleMemory(): void {
  setFlagsFromString(GROWING)
  const look = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if ((young?.space_size ?? 0) < YOUNG_BYTES) return
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(look)
  }, LOOK_MS)
  look.unref()
}
