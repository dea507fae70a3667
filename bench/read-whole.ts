/**
 * The requests of a full read of an unchanged table next to the fewest possible; a page has 100 records.
 * Pages overlap by one record, so a read detects records that shift between them, and the head of the
 * list is read again at the end.
 *
 *     node bench/read-whole.ts [--records 1000,10000,100000]
 *
 * Prints the requests and their ratio; fails for a table of 10,000 records or more when the
 * read takes over 3% more requests or does not return every record once.
 */
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const PAGE = 100
const MAX_RATIO = 1.03
/** The ratio must hold from this size on: in a small table a single request counts more. */
const MIN_RECORDS = 10_000
/** Records that are put into the emulator at once. */
const CHUNK = 5_000

const { values: flags } = parseArgs({
  options: { records: { type: 'string', default: '1000,10000,100000' } },
})
const sizes = flags.records.split(',').map(Number)

let isWithin = true
for (const size of sizes) {
  if (!(await measure(size))) isWithin = false
}
process.exitCode = isWithin ? 0 : 1

/** @returns whether the read is whole and within the limit */
async function measure(size: number): Promise<boolean> {
  const emulator = await startEmulator({
    tables: [{ name: 'numbers', columns: [{ name: 'n', type: 'int' }] }],
  })
  const { token, url: baseUrl, teamId, botId } = emulator
  const client = createClient({ token, baseUrl, teamId, botId })
  try {
    for (let start = 0; start < size; start += CHUNK) {
      const length = Math.min(CHUNK, size - start)
      emulator.tables.insert(
        'numbers',
        Array.from({ length }, (_, index) => ({ n: start + index })),
      )
    }
    const table = client.table('numbers')
    await table.definition()
    emulator.requests.clear()
    const from = performance.now()
    const ids = new Set<string>()
    let records = 0
    for await (const page of table.records().pages()) {
      records += page.length
      for (const { id } of page) ids.add(id)
    }
    const seconds = (performance.now() - from) / 1_000
    const { total: requests } = emulator.requests.counts
    const ratio = requests / Math.ceil(size / PAGE)
    const isWhole = records === size && ids.size === size
    const isWithin = isWhole && (size < MIN_RECORDS || ratio <= MAX_RATIO)
    const verdict = isWhole ? (isWithin ? '' : `, at most ${MAX_RATIO} allowed`) : ', NOT WHOLE'
    console.log(
      `${String(size).padStart(8)} records: ${String(requests).padStart(5)} requests, ` +
        `${ratio.toFixed(4)} of the fewest possible, ${seconds.toFixed(1)} s${verdict}`,
    )
    return isWithin
  } finally {
    await client.close()
    await emulator.close()
  }
}
