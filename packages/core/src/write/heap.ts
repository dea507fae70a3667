/**
 * Keeps the heap of a long bulk write small. V8 takes what the machine offers: with many gigabytes
 * free its young generation grows to 128 MB and the old one is collected late, although rows on their
 * way through need next to nothing. Why a library may do this: docs/decisions/0011-heap-of-long-writes.md
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** A young generation of this size, both its halves, is left to grow no more. */
const YOUNG_BYTES = 16 * 1024 * 1024
/** A write of fewer rows is over before it matters; and so often a longer one looks. */
const ROWS = 200

const SMALL = ['--semi-space-growth-factor=1', '--heap-growing-percent=50']
const AS_BY_DEFAULT = ['--semi-space-growth-factor=2', '--heap-growing-percent=0']

/** Whoever says something of the heap to Node means it. */
const isTuned = /(?:^| )--[\w-]*(?:semi.space|old.space|heap)/.test(
  [...process.execArgv, process.env.NODE_OPTIONS].join(' '),
)

/** The writes under way for which the heap is held. */
const held = new Set<object>()

/** To be called for each row of a write, which ends with {@link releaseHeap}. */
export function holdHeap(write: object, row: number): void {
  if (row % ROWS !== ROWS - 1 || isTuned || held.has(write) || !isYoungGrown()) return
  if (held.size === 0) SMALL.forEach(setFlagsFromString)
  held.add(write)
}

/** Gives V8 its defaults back once no write holds the heap. */
export function releaseHeap(write: object): void {
  if (held.delete(write) && held.size === 0) AS_BY_DEFAULT.forEach(setFlagsFromString)
}

function isYoungGrown(): boolean {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return young !== undefined && young.space_size >= YOUNG_BYTES
}
