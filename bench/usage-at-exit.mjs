/**
 * Loaded with `--import` into a process that is measured: at its exit, its usage is written as
 * JSON to the file that `BENCH_USAGE` names: `peakBytes`, the peak of resident memory,
 * and `cpu`, the time of user and system in microseconds. Plain JavaScript, since reading TypeScript
 * takes some 30 MB, which would be counted.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const file = process.env.BENCH_USAGE
if (file !== undefined) {
  process.on('exit', () => {
    const { user, system } = process.cpuUsage()
    writeFileSync(file, JSON.stringify({ peakBytes: peakBytes(), cpu: user + system }))
  })
}

/** The kernel's own figure where it has one; `getrusage` includes memory of the parent. */
function peakBytes() {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
    if (kilobytes !== undefined) return Number(kilobytes) * 1_024
  } catch {}
  return process.resourceUsage().maxRSS * 1_024
}
