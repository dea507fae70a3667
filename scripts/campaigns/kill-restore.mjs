/**
 * Kills restores, as kill-frame.mjs describes. Two tables are backed up and restored into two others, which
 * are empty or have records to replace. At the end these must contain the records of the first two, also
 * duplicates.
 *
 *     node scripts/campaigns/kill-restore.mjs [--runs 100] [--rows 1000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:restore -- [flags]` builds first. Prints a line for each run, then the sums; fails
 * when a record was lost or duplicated.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  differenceOf,
  killJobs,
  linesOf,
  mustRun,
  readFlags,
  withDuplicates,
} from './kill-frame.mjs'

const COLUMNS = { code: 'text', note: 'jsonb', price: 'numeric' }
const TABLES = ['stores', 'faq']
/** The suffix of the table that a table is restored to. */
const COPY = '-copy'

const flags = readFlags({ runs: 100, rows: 1000, latency: 5 })

await killJobs({
  name: 'kill-restore',
  what: `restores of ${TABLES.length} tables of ${flags.rows} records`,
  tables: Object.fromEntries(
    TABLES.flatMap((name) => [name, name + COPY]).map((name) => [name, COLUMNS]),
  ),
  flags,
  written: { table: `${TABLES[0]}${COPY}`, version: 'DRAFT', every: 3 },
  async prepare({ run, random, folder, emulator, env }) {
    const mode = run % 2 === 0 ? 'append' : 'replace'
    for (const table of TABLES) {
      await emulator.admin('POST', `tables/${table}/records?version=DRAFT`, makeRecords(random))
      if (mode === 'append') continue
      const old = makeRecords(random).slice(0, 100)
      await emulator.admin('POST', `tables/${table}${COPY}/records?version=DRAFT`, old)
    }
    const file = join(folder, `run-${run}.zip`)
    await mustRun(['backup', ...TABLES, '-o', file, '--versions', 'draft', '--quiet'], env)
    const maps = TABLES.flatMap((table) => ['--map', `${table}=${table}${COPY}`])
    return {
      args: ['restore', file, ...maps, '--mode', mode, '--yes', '--quiet'],
      how: mode,
      async check() {
        await rm(file)
        let [lost, extra] = [0, 0]
        for (const table of TABLES) {
          const held = await linesOf(table + COPY, env)
          const difference = differenceOf(await linesOf(table, env), held)
          lost += difference.lost
          extra += difference.extra
        }
        return { lost, extra }
      },
    }
  },
})

/** @param {() => number} random */
function makeRecords(random) {
  return withDuplicates(random, flags.rows, () => {
    const number = Math.floor(random() * 1e9)
    return { code: `00${number}`, note: { at: [number] }, price: `${number}.50` }
  })
}
