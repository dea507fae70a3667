/**
 * Keeps the memory of a long transfer small. V8 takes what the machine offers: with many gigabytes
 * free it lets its young generation grow past 100 MB, and collects the old one late, although rows on
 * their way through need next to nothing. A program that owns its process may say otherwise; a
 * library may not, which is why this stands here.
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
