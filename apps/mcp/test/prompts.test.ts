import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROMPTS, type PromptArguments } from '../src/prompts/prompts.ts'
import { type Caller, openCaller } from './session.ts'

const TABLE = 'my "stores"'
const COLUMN = `city's "name"`

let emulator: Emulator
let caller: Caller

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: TABLE,
        columns: [{ name: COLUMN, type: 'text' }],
        records: ['Liège', ' LIEGE', "l'Eau", 'Gent', null, ''].map((city) => ({ [COLUMN]: city })),
      },
    ],
  })
  emulator.tables.insert(TABLE, [{ [COLUMN]: 'Mons' }, { [COLUMN]: 'mons' }], 'LIVE')
  caller = openCaller(emulator)
})

afterAll(async () => {
  await caller.close()
  await emulator.close()
})

function textOf(name: string, args: PromptArguments): string {
  return PROMPTS.find((prompt) => prompt.name === name)?.text(args, () => true) ?? ''
}

describe('the calls in a prompt', () => {
  it('find duplicates apart from letter case, accents and spaces', async () => {
    const found = async (table: string) => {
      const text = textOf('find_duplicates', { table, column: COLUMN })
      const sql = /query_sql with sql: (.+)\. Each/.exec(text)?.[1] ?? ''
      const { data, text: answer } = await caller.call('query_sql', { sql: JSON.parse(sql) })
      expect(data.columns, answer).toEqual(['id', COLUMN, 'kept'])
      return data.rows
    }
    const [first, second] = emulator.tables.records(TABLE).map(({ id }) => id)
    const pair = new Map([
      [first, second],
      [second, first],
    ])
    const [row, ...others] = (await found(TABLE)) as [string, string, string][]
    expect(others).toEqual([])
    // Both were written at the same instant.
    expect(pair.get(row?.[0])).toBe(row?.[2])
    expect(await found(`${TABLE}@live`)).toHaveLength(1)
  })

  it('replace a text with quotes in a column', async () => {
    const args = { table: TABLE, column: COLUMN, find: "l'Eau", replacement: `L'"Eau"` }
    const text = textOf('find_and_replace', args)
    const [, where, set] = /where: (.+) and set_sql: (.+)\.$/m.exec(text) ?? []
    const written = await caller.call('update_records', {
      ...{ table: TABLE, where: JSON.parse(where ?? ''), set_sql: JSON.parse(set ?? '') },
    })
    expect(written.data, written.text).toMatchObject({ updated: 1 })
    expect(emulator.tables.records(TABLE).map(({ values }) => values[COLUMN])).toContain(`L'"Eau"`)
  })
})
