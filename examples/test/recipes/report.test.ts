import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentOf, run } from '../program.ts'

const ORDERS = 50_000
const CITIES = ['Antwerp', 'Bruges', 'Ghent', 'Leuven']

let emulator: Emulator
/** City, number of orders and total, computed without the client. */
const expected = new Map<string, { orders: number; cents: number }>()

beforeAll(async () => {
  const records = Array.from({ length: ORDERS }, (_, n) => {
    const cents = (n * 7919) % 100_000
    const day = String(1 + (n % 30)).padStart(2, '0')
    return {
      city: CITIES[n % CITIES.length],
      total: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
      status: n % 10 === 3 ? 'cancelled' : 'paid',
      placed_at: `2026-${n % 20 === 0 ? 10 : 11}-${day}T12:00:00Z`,
      note: 'x'.repeat(200),
      cents,
    }
  })
  for (const { city = '', status, placed_at, cents } of records) {
    if (status === 'cancelled' || placed_at < '2026-11') continue
    const row = expected.get(city) ?? { orders: 0, cents: 0 }
    expected.set(city, { orders: row.orders + 1, cents: row.cents + cents })
  }
  emulator = await startEmulator({
    tables: [
      {
        name: 'orders',
        columns: [
          { name: 'city', type: 'text' },
          { name: 'total', type: 'numeric' },
          { name: 'status', type: 'text' },
          { name: 'placed_at', type: 'timestamp' },
          { name: 'note', type: 'text' },
        ],
        records: records.map(({ cents, ...record }) => record),
      },
    ],
    dialect: { pageOrder: 'stable' },
  })
})

afterAll(() => emulator.close())

describe('a report over 50,000 records', () => {
  it('sums what is in the table, in a small heap', async () => {
    // The records alone would take more than this.
    const heap = ['--max-old-space-size=32']
    const { code, stdout, stderr } = await run('report.ts', environmentOf(emulator), [], heap)
    expect([code, stderr]).toEqual([0, ''])
    const rows = [...expected].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(stdout.trimEnd().split('\n')).toEqual([
      'city\torders\ttotal',
      ...rows.map(([city, { orders, cents }]) => `${city}\t${orders}\t${(cents / 100).toFixed(2)}`),
    ])
  }, 300_000)

  it('explains which part of the condition the gateway filters', async () => {
    const args = ['--explain', '--from', '2026-12-01', '--to', '2026-12-02']
    const { stdout, stderr } = await run('report.ts', environmentOf(emulator), args)
    expect(stdout).toBe('city\torders\ttotal\n')
    expect(stderr).toMatch(/gateway filters: placed_at >= .*and placed_at < /)
    expect(stderr).toMatch(/tested here: status/)
  })
})
