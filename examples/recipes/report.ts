/** Sums the orders of a month by city. Memory does not grow with the number of orders. */
import { parseArgs } from 'node:util'
import { clientFromEnvironment, TableChangedError } from '@chatlayer-tables/core'

const { values: options } = parseArgs({
  options: {
    from: { type: 'string', default: '2026-11-01' },
    to: { type: 'string', default: '2026-12-01' },
    explain: { type: 'boolean', default: false },
  },
})

const client = clientFromEnvironment(process.env)
const orders = client.table('orders').records({
  where: {
    placed_at: { gte: `${options.from}T00:00:00Z`, lt: `${options.to}T00:00:00Z` },
    status: { ne: 'cancelled' },
  },
  select: ['city', 'total'],
})

interface Row {
  orders: number
  cents: bigint
}

async function sumByCity(): Promise<Map<string, Row>> {
  const byCity = new Map<string, Row>()
  for await (const { values } of orders) {
    const city = String(values.city)
    const row = byCity.get(city) ?? { orders: 0, cents: 0n }
    row.orders += 1
    // A numeric is an exact string, such as '12.50'.
    row.cents += BigInt(String(values.total).replace('.', ''))
    byCity.set(city, row)
  }
  return byCity
}

try {
  if (options.explain) console.error((await orders.explain()).text)
  const byCity = await sumByCity()
  console.log('city\torders\ttotal')
  for (const [city, { orders, cents }] of [...byCity].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${city}\t${orders}\t${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`)
  }
} catch (error) {
  if (!(error instanceof TableChangedError)) throw error
  console.error(`${error.message}. Nothing was printed, since it could be wrong: run it again.`)
  process.exitCode = 75
} finally {
  await client.close()
}
