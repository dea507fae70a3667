import { startEmulator } from '@chatlayer-tables/emulator'
import { expect, it } from 'vitest'
import { openCaller } from './session.ts'

const NAMES = [
  'stores',
  'order lines',
  'prod:x',
  ':x',
  'a@live',
  '@draft',
  'a@b',
  'turn\u202ed',
  'a\nb',
]

it('a table is listed with the name or the id that opens it', async () => {
  const columns = [{ name: 'n', type: 'int' }]
  const emulator = await startEmulator({ tables: NAMES.map((name) => ({ name, columns })) })
  const caller = openCaller(emulator)
  try {
    const ids = emulator.tables.list().map(({ id }) => id)
    const { data } = await caller.call('list_tables', {})
    const tables = data.tables as { name: string; id?: string }[]
    for (const [index, { name, id }] of tables.entries()) {
      const opened = await caller.call('describe_table', { table: id ?? name })
      expect(opened.data.id, name).toBe(ids[index])
    }
    const named = tables.filter(({ id }) => id === undefined).map(({ name }) => name)
    expect(named).toEqual(expect.arrayContaining(['stores', 'order lines']))
  } finally {
    await caller.close()
    await emulator.close()
  }
})
