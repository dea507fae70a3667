/**
 * Kills syncs, as kill-frame.mjs describes: from DRAFT to LIVE, by a key or by whole records with
 * duplicates among them. At the end LIVE must contain each record of DRAFT exactly as often as DRAFT does,
 * and no others.
 *
 *     node scripts/campaigns/kill-sync.mjs [--runs 100] [--records 2000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:sync -- [flags]` builds first. Prints a line for each run; fails when a record was
 * lost, duplicated or left over, or a sync reported something else.
 */
import { differenceOf, killJobs, linesOf, readFlags } from './kill-frame.mjs'

const TABLE = 'rows'

const flags = readFlags({ runs: 100, records: 2000, latency: 5 })

await killJobs({
  name: 'kill-sync',
  what: `syncs of ${flags.records} records`,
  tables: { [TABLE]: { code: 'text', name: 'text', size: 'int', price: 'numeric' } },
  flags,
  written: { table: TABLE, version: 'LIVE', every: 3 },
  async prepare({ run, random, emulator, env }) {
    const isKeyed = run % 2 === 0
    await fill(emulator, random, isKeyed)
    const key = isKeyed ? ['--key', 'code'] : []
    return {
      args: ['sync', `${TABLE}@draft`, `${TABLE}@live`, ...key, '--delete', '--yes', '--quiet'],
      how: isKeyed ? 'by key' : 'by whole records',
      async check() {
        return differenceOf(
          await linesOf(`${TABLE}@draft`, env),
          await linesOf(`${TABLE}@live`, env),
        )
      },
    }
  },
})

/**
 * Fills DRAFT, and LIVE without a third of it, with a third changed, and with other records.
 *
 * @param {import('./kill-frame.mjs').Place['emulator']} emulator
 * @param {() => number} random
 * @param {boolean} isKeyed whether `code` is unique; otherwise some records are duplicates
 */
async function fill(emulator, random, isKeyed) {
  const count = flags.records
  const draft = Array.from({ length: count }, (_, n) => {
    const like = isKeyed ? n : Math.floor(random() * count * 0.7)
    return { code: `c${like}`, name: `Name ${like}`, size: like % 97, price: `${like}.50` }
  })
  const live = draft.flatMap((record) => {
    const what = random()
    if (what < 0.33) return []
    return what < 0.66 ? [{ ...record, name: 'old', price: `${record.size}.25` }] : [record]
  })
  const own = Array.from({ length: count / 10 }, (_, n) => ({ code: `own ${n}`, name: 'x' }))
  await emulator.admin('POST', `tables/${TABLE}/records?version=DRAFT`, draft)
  await emulator.admin('POST', `tables/${TABLE}/records?version=LIVE`, [...own, ...live])
}
