/** A zod schema types the records and checks them when they are written and read. */
import assert from 'node:assert/strict'
import { createClient, InvalidInputError, UnexpectedAnswerError } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { z } from 'zod'

const emulator = await startEmulator({
  tables: [
    {
      name: 'bookings',
      columns: [
        { name: 'guest', type: 'text' },
        { name: 'people', type: 'int' },
        { name: 'at', type: 'timestamp' },
        { name: 'wishes', type: 'jsonb' },
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

const date = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (at) => at.toISOString(),
})
const Booking = z.object({
  guest: z.string().min(1),
  people: z.int().positive(),
  at: date,
  wishes: z.array(z.string()).nullable(),
})

const bookings = client.table('bookings', Booking)
await bookings.insert({
  guest: 'Ada',
  people: 2,
  at: new Date('2026-12-24T18:30:00Z'),
  wishes: ['window', 'vegan'],
})

const booking = await bookings.records({ where: { guest: 'Ada' } }).first()
const year = booking?.values.at.getUTCFullYear()
console.log(year, booking?.values.wishes?.join(', '))

// The schema types conditions and sort keys too.
const later = await bookings
  .records({ where: { at: { gte: new Date('2026-01-01') }, people: { lt: 4 } }, sort: 'at' })
  .toArray()
// @ts-expect-error the compiler says: did you mean to write 'guest'?
const typo = await bookings.count({ gest: 'Ada' }).catch((error: unknown) => error)

const tooFew = await bookings
  .insert({ guest: 'Bob', people: 0, at: new Date(), wishes: null })
  .catch((error: unknown) => error)
console.log(tooFew instanceof InvalidInputError && tooFew.message)

// A record that was entered in the web app may not fit the schema; the error names the field.
emulator.tables.insert('bookings', [{ guest: '', people: 4, at: '2026-12-25T12:00:00Z' }])
const misfit = await bookings
  .records()
  .toArray()
  .catch((error: unknown) => error)
console.log(misfit instanceof UnexpectedAnswerError && misfit.place)

await client.close()
await emulator.close()

assert.equal(later.length, 1)
assert.ok(typo instanceof InvalidInputError)
assert.equal(year, 2026)
assert.deepEqual(booking?.values.wishes, ['window', 'vegan'])
assert.ok(tooFew instanceof InvalidInputError && tooFew.field === 'values.people')
assert.ok(misfit instanceof UnexpectedAnswerError && misfit.place === 'values.guest')
