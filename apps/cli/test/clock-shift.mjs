/**
 * Shifts the clock of a process, like a clock that was set or a restored machine. Load it before the
 * program: NODE_OPTIONS="--import file:///…/clock-shift.mjs". Only the time of day changes;
 * `performance.now()` and timers are monotonic and do not.
 *
 * - `CLOCK_SHIFT_MS`: milliseconds to add to the time of day
 * - `CLOCK_SHIFT_FILE`: a file with this number, which may change while the process runs
 */
import { readFileSync } from 'node:fs'

const RealDate = Date
const { CLOCK_SHIFT_MS = '0', CLOCK_SHIFT_FILE } = process.env
/** Minimum interval between reads of the file. */
const MIN_READ_INTERVAL_MS = 20

let shift = Number(CLOCK_SHIFT_MS)
let readAt = Number.NEGATIVE_INFINITY

function now() {
  const steady = performance.now()
  if (CLOCK_SHIFT_FILE !== undefined && steady - readAt >= MIN_READ_INTERVAL_MS) {
    readAt = steady
    try {
      const read = Number(readFileSync(CLOCK_SHIFT_FILE, 'utf8'))
      if (Number.isFinite(read)) shift = read
    } catch {
      // Not written yet.
    }
  }
  return RealDate.now() + shift
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
})
