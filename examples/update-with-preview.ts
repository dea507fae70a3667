/** Previews a write, then writes. Records that the gateway cannot filter are written by id. */
import assert from 'node:assert/strict'
import { createClient, InvalidInputError } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [
    {
      name: 'answers',
      columns: [
        { name: 'question', type: 'text' },
        { name: 'answer', type: 'text' },
        { name: 'active', type: 'bool' },
      ],
      records: [
        { question: 'When are you open?', answer: 'From 9 to 5.', active: true },
        { question: 'Are you open on Sunday?', answer: 'No.', active: true },
        { question: 'Where can I park?', answer: 'Behind the store.', active: true },
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
const answers = client.table('answers')

const where = { question: { contains: 'open' } }
const set = { answer: 'From 9 to 6, also on Sunday.' }

const preview = await answers.preview.update(where, set)
console.log(`${preview.matched} records, ${preview.counts.updated} would change`)
for (const { id, before, after } of preview.changes) {
  console.log(id, before?.answer, '->', after?.answer)
}

const report = await answers.update(where, set)
console.log(`${report.ok} of ${report.total} updated`)

const deleted = await answers.delete({ active: false })
console.log(`${deleted.total} deleted`)

// A condition that every record meets needs `all`.
const refused = await answers
  .delete({})
  .report()
  .catch((error: unknown) => error)
const all = await answers.update({}, { active: false }, { all: true })

await client.close()
const after = emulator.tables.records('answers')
await emulator.close()

assert.equal(preview.counts.updated, 2)
assert.deepEqual([report.ok, report.total, deleted.total, all.ok], [2, 2, 0, 3])
assert.ok(refused instanceof InvalidInputError)
assert.equal(after.filter(({ values }) => values.answer === set.answer).length, 2)
