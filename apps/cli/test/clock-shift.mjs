/**
 * Sets the clock of a process off, as a reset clock or a restored machine would. Loaded before the
 * program: NODE_OPTIONS="--import file:///…/clock-shift.mjs". Only the time of day is changed;
 * `performance.now()` and timers are monotonic and stay as they are.
 *
 * - `CLOCK_SHIFT_MS`: milliseconds that are added to the time of day
 * - `CLOCK_SHIFT_FILE`: a file with the same, read again while the process runs
 */
import { readFileSync } from 'node:fs'

const RealDate = Date
const { CLOCK_SHIFT_MS = '0', CLOCK_SHIFT_FILE } = process.env
/** The file is read this often at most. */
const READ_EVERY_MS = 20

let shift = Number(CLOCK_SHIFT_MS)
let readAt = Number.NEGATIVE_INFINITY

function now() {
  const steady = performance.now()
  if (CLOCK_SHIFT_FILE !== undefined && steady - readAt >= READ_EVERY_MS) {
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
