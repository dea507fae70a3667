/** Writes single records, and handles errors by their code. */
import assert from 'node:assert/strict'
import { ChatlayerError, createClient, WriteFailedError } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [
    {
      name: 'leads',
      columns: [
        { name: 'email', type: 'text' },
        { name: 'score', type: 'int' },
      ],
    },
  ],
})
const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
const leads = client.table('leads')

const { id = '', change } = await leads.upsertOne(
  { email: 'ada@example.com', score: 10 },
  { key: 'email' },
)
console.log(id, change)

await leads.updateOne(id, { score: 11 })
await leads.deleteOne(id)

/** What to do about an error. */
function advise(error: unknown): string {
  if (!(error instanceof ChatlayerError)) throw error
  if (error.code === 'RATE_LIMITED') return `wait ${error.retryAfterMs} ms`
  return error.hint ?? error.message
}

const advice = await leads.updateOne(id, { score: 12 }).catch(advise)
console.log(advice)

const rows = [{ email: 'bob@example.com' }, { score: 'high' }]
const failure = await leads
  .insertMany(rows)
  .orThrow()
  .catch((error: unknown) => error)
if (failure instanceof WriteFailedError) console.log(failure.message, JSON.stringify(failure))

await client.close()
const left = emulator.tables.count('leads')
await emulator.close()

assert.equal(change, 'inserted')
assert.match(String(advice), /It may have been deleted/)
assert.ok(failure instanceof WriteFailedError)
assert.equal(failure.report.rejected, 1)
assert.equal(left, 1)
