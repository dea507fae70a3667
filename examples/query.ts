/** Conditions, sorting and pages, and how a gateway without OR and sort carries out a query. */
import assert from 'node:assert/strict'
import { createClient, InvalidInputError } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const CITIES = ['Ghent', 'Bruges', 'Antwerp', 'Leuven', 'Mechelen']

const emulator = await startEmulator({
  tables: [
    {
      name: 'leads',
      columns: [
        { name: 'name', type: 'text' },
        { name: 'city', type: 'text' },
        { name: 'age', type: 'int' },
        { name: 'spent', type: 'numeric' },
        { name: 'email', type: 'text' },
      ],
      records: Array.from({ length: 500 }, (_, n) => ({
        name: `Lead ${n}`,
        city: CITIES[n % CITIES.length],
        age: 16 + (n % 60),
        spent: `${(n * 37) % 1000}.50`,
        email: n % 7 === 0 ? null : `lead${n}@example.com`,
      })),
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

const best = leads.records({
  where: {
    age: { gte: 18 },
    or: [{ city: { in: ['Ghent', 'Bruges'] } }, { spent: { gt: '900' } }],
    not: { email: null },
  },
  select: ['name', 'city', 'spent'],
  sort: [{ column: 'spent', direction: 'desc' }, 'name'],
  limit: 5,
})
for await (const { id, values } of best) console.log(id, values)

const explanation = await best.explain()
console.log(explanation.text)

const adults = await leads.count({ age: { gte: 18 } })
const first = await leads.records({ where: { name: { startsWith: 'Lead 4' } } }).first()
const page = await leads.records({ sort: 'name', offset: 100, limit: 50 }).toArray()
console.log(adults, first?.values.name, page.length)

const typo = await leads.count({ agee: { gte: 18 } }).catch((error: unknown) => error)
if (typo instanceof InvalidInputError) console.log(typo.message, typo.hint)

const found = await best.toArray()
await client.close()
await emulator.close()

assert.equal(found.length, 5)
assert.deepEqual(Object.keys(found[0]?.values ?? {}), ['name', 'city', 'spent'])
const spent = found.map(({ values }) => Number(values.spent))
assert.deepEqual(
  spent,
  spent.toSorted((a, b) => b - a),
)
assert.equal(explanation.stopsEarly, false)
assert.equal(adults, 482)
assert.equal(page.length, 50)
assert.ok(typo instanceof InvalidInputError && typo.hint?.includes('age'))
