/**
 * Keeps the memory of this process small: V8 takes what the machine offers, although the rows of a
 * transfer need little. See docs/decisions/0011-heap-of-long-writes.md
 */

const MEGABYTE = 1024 * 1024

/** Where a half of the young generation stops growing, in megabytes. Node's own limit depends on the machine. */
const MAX_HALF = 4

/** In milliseconds. */
const CHECK_INTERVAL = 200

const FLAGS = [
  '--semi-space-growth-factor=1',
  // How much may be added to what survived a collection before the next one.
  '--heap-growing-percent=50',
]

type Process = Pick<NodeJS.Process, 'env' | 'execArgv' | 'getBuiltinModule'>

/**
 * Call once, when the program starts. The flags are set when the heap has grown, and stay set until
 * the process ends: a short command never pays for them, and keeps the code that V8 compiled for it,
 * which V8 discards under other flags. Heap flags that the user has set are kept.
 */
export function limitHeapGrowth({ env, execArgv, getBuiltinModule }: Process): void {
  const flags = [...execArgv, env.NODE_OPTIONS].join(' ')
  if (/(?:^| )--[\w-]*(?:semi.space|old.space|heap)/.test(flags)) return
  const check = setInterval(() => {
    const { getHeapSpaceStatistics, setFlagsFromString } = getBuiltinModule('node:v8')
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if ((young?.space_size ?? 0) < 2 * MAX_HALF * MEGABYTE) return
    FLAGS.forEach((flag) => void setFlagsFromString(flag))
    clearInterval(check)
  }, CHECK_INTERVAL)
  check.unref()
}
