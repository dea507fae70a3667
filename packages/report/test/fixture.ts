/** An emulator with a table to read and one to write to, and reports of it. */
import type { DialectInput } from '@chatlayer-tables/contract'
import { createClient } from '@chatlayer-tables/core'
import { type Emulator, type EmulatorOptions, startEmulator } from '@chatlayer-tables/emulator'
import { type MadeReport, makeReport, type ReportOptions } from '../src/index.ts'

const COLUMNS = [
  { name: 'name', type: 'text' },
  { name: 'size', type: 'int' },
  { name: 'price', type: 'numeric' },
  { name: 'open', type: 'bool' },
  { name: 'since', type: 'timestamp' },
  { name: 'more', type: 'jsonb' },
]

const RECORDS = Array.from({ length: 120 }, (_, at) => ({
  name: `Store number ${at}`,
  size: 100_000 + at,
  price: `${at}.25`,
  open: at % 2 === 0,
  since: `2024-03-${String((at % 28) + 1).padStart(2, '0')}T10:00:00Z`,
  more: { street: `Street ${at}`, tags: ['a', at] },
}))

const SCRATCH = {
  name: 'scratch',
  columns: [
    { name: 'mark', type: 'text' },
    { name: 'spare', type: 'text' },
    { name: 'at', type: 'timestamp' },
  ],
}

export async function startGateway(
  dialect: DialectInput = {},
  options: EmulatorOptions = {},
): Promise<Emulator> {
  const emulator = await startEmulator({
    tables: [{ name: 'stores', columns: COLUMNS, records: RECORDS }, SCRATCH],
    customers: [{ name: 'Jo Doe', email: 'jo@example.com', phone: '+32 470 00 00 00' }],
    dialect,
    ...options,
  })
  emulator.tables.insert('stores', RECORDS.slice(0, 2), 'LIVE')
  return emulator
}

export async function reportOf(
  { url: baseUrl, token, teamId, botId }: Pick<Emulator, 'url' | 'token' | 'teamId' | 'botId'>,
  options: Partial<ReportOptions> = {},
): Promise<MadeReport> {
  await using client = createClient({ baseUrl, token, teamId, botId, maxAttempts: 2 })
  return await makeReport(client, { by: 'test 1', ...options })
}
