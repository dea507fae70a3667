/**
 * Kills imports, as kill-frame.mjs describes. At the end the table must contain each row of the file
 * exactly as often as the file does, also duplicates.
 *
 *     node scripts/campaigns/kill-import.mjs [--runs 100] [--rows 5000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:kill -- [flags]` builds first. Prints a line for each run, then the sums; fails when
 * a row was lost or duplicated, or its outcome stayed unknown.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { differenceOf, killJobs, linesOf, readFlags, withDuplicates } from './kill-frame.mjs'

const TABLE = 'rows'
const COLUMNS = { code: 'text', name: 'text', size: 'int', price: 'numeric' }

/** The approximate time to start and to resolve what an earlier process may have sent. */
const EARLY_MS = 800
/** The share of the kills after the first that are within that time. */
const EARLY_SHARE = 0.3
/** Kills happen within this share of the rows: later the process may have ended. */
const LATEST = 0.95

const flags = readFlags({ runs: 100, rows: 5000, latency: 5 })

await killJobs({
  name: 'kill-import',
  what: `imports of ${flags.rows} rows`,
  tables: { [TABLE]: COLUMNS },
  flags,
  written: { table: TABLE, version: 'DRAFT', every: 2 },
  async prepare({ run, random, folder, emulator, env }) {
    const rows = withDuplicates(
      random,
      flags.rows,
      (n) => `${run}-${n},Name ${n},${n % 97},${n}.50`,
    )
    const file = join(folder, `rows-${run}.csv`)
    await writeFile(file, `${Object.keys(COLUMNS).join(',')}\n${rows.join('\n')}\n`)
    return {
      args: ['import', TABLE, file, '--quiet'],
      how: 'insert',
      moments: (count) => makeMoments(random, count, emulator.writes),
      async check() {
        await rm(file)
        return differenceOf(rows, await linesOf(TABLE, env))
      },
    }
  },
})

/**
 * When the processes of one import are killed, in their order: some early, others after a number of inserts.
 *
 * @param {() => number} random
 * @param {number} count
 * @param {() => Promise<number>} inserts the number sent so far
 * @returns {import('./kill-frame.mjs').Kill[]}
 */
function makeMoments(random, count, inserts) {
  const parts = Array.from({ length: count }, () => random() * LATEST).sort((a, b) => a - b)
  return parts.map((part, index) => {
    if (index > 0 && random() < EARLY_SHARE) return random() * EARLY_MS
    return async (child) => {
      while (child.exitCode === null && (await inserts()) < part * flags.rows) await sleep(5)
    }
  })
}
