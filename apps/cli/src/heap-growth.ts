/**
 * Limits the memory of this process: by default, V8 uses far more than the rows of a transfer need.
 * See docs/decisions/0011-heap-of-the-command-line.md
 */

const MEGABYTE = 1024 * 1024

/** Maximum size of a semi-space in megabytes. Node's own limit depends on the machine. */
const MAX_SEMI_SPACE = 8

const CHECK_INTERVAL_MS = 200

const FLAGS = [
  '--semi-space-growth-factor=1',
  // Growth in percent after a collection that triggers the next one.
  '--heap-growing-percent=50',
]

type Process = Pick<NodeJS.Process, 'env' | 'execArgv' | 'getBuiltinModule'>

/**
 * Call once, when the program starts. The flags are set once the heap has grown, and stay set: a short
 * command keeps its compiled code, which V8 discards when flags change. Heap flags that the user has set
 * are kept.
 */
export function limitHeapGrowth({ env, execArgv, getBuiltinModule }: Process): void {
  const flags = [...execArgv, env.NODE_OPTIONS].join(' ')
  if (/(?:^| )--[\w-]*(?:semi.space|old.space|heap)/.test(flags)) return
  const check = setInterval(() => {
    const { getHeapSpaceStatistics, setFlagsFromString } = getBuiltinModule('node:v8')
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if ((young?.space_size ?? 0) < 2 * MAX_SEMI_SPACE * MEGABYTE) return
    FLAGS.forEach((flag) => void setFlagsFromString(flag))
    clearInterval(check)
  }, CHECK_INTERVAL_MS)
  check.unref()
}
