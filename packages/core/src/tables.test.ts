import type { Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { NotFoundError } from './errors.ts'
import type { Sender } from './send/sender.ts'
import { Tables } from './tables.ts'

const table = (name: string, id: string): Table => ({ id, name, columns: [] })

/** Tables of a sender that counts, and a clock set by hand. */
function fake(tables: readonly Table[]) {
  const state = { tables, sent: [] as string[], now: 1_000 }
  const send = async (operation: string, input: { params: { tableId?: string } }) => {
    state.sent.push(operation)
    await Promise.resolve()
    const one = state.tables.find(({ id }) => id === input.params.tableId)
    return { body: { data: operation === 'getTable' ? one : state.tables } }
  }
  const sender = { send } as unknown as Sender
  return { state, tables: new Tables(sender, () => state.now) }
}

test('a table goes by its name or its id, a name before an id', async () => {
  const { tables } = fake([table('stores', '1'), table('1', '2')])
  expect((await tables.get('stores')).id).toBe('1')
  expect((await tables.get('1')).id).toBe('2')
  expect((await tables.get('2')).name).toBe('1')
  expect((await tables.getById('1')).name).toBe('stores')
})

describe('a table that is not there', () => {
  test.each([
    ['strores', ['stores', 'leads'], 'Did you mean "stores"?'],
    ['Stores', ['stores'], 'Did you mean "stores"?'],
    ['unlike', ['stores', 'leads'], 'Its tables: stores, leads.'],
    ['any', [], 'It has no tables that this token can see'],
  ])('%s', async (wanted, names, hint) => {
    const { tables } = fake(names.map((name, n) => table(name, String(n))))
    const error: unknown = await tables.get(wanted).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NotFoundError)
    expect((error as NotFoundError).hint).toContain(hint)
  })

  test('is not listed without end', async () => {
    const many = Array.from({ length: 50 }, (_, n) => table(`qqqqqqq${n}`, String(n)))
    const error: unknown = await fake(many)
      .tables.get('unlike')
      .catch((thrown: unknown) => thrown)
    expect((error as NotFoundError).hint).toMatch(/qqqqqqq19, …\.$/)
  })
})

test('of two tables of one name, the id is required', async () => {
  const { tables } = fake([table('stores', 'x1'), table('stores', 'x2')])
  await expect(tables.get('stores')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    hint: 'Pass the id of one: x1, x2.',
  })
  expect((await tables.get('x2')).id).toBe('x2')
})

describe('definitions', () => {
  test('are read once and kept for a minute', async () => {
    const { state, tables } = fake([table('a', '1'), table('b', '2')])
    await tables.definition('a')
    await tables.definition('2')
    state.now += 59_000
    await tables.definition('a')
    expect(state.sent).toEqual(['listTables'])
    state.now += 2_000
    await tables.definition('a')
    expect(state.sent).toEqual(['listTables', 'listTables'])
    state.now -= 100_000
    await tables.definition('a')
    expect(state.sent).toHaveLength(3)
  })

  test('are read again for a name that was not among them', async () => {
    const { state, tables } = fake([table('a', '1')])
    await tables.definition('a')
    state.tables = [table('a', '1'), table('new', '2')]
    expect((await tables.definition('new')).id).toBe('2')
    await expect(tables.definition('none')).rejects.toThrow(NotFoundError)
    expect(state.sent).toHaveLength(3)
  })

  test('are read once by all who need them at the same time', async () => {
    const { state, tables } = fake([table('a', '1'), table('b', '2')])
    await Promise.all(['a', 'b', 'a', '1'].map((name) => tables.definition(name)))
    expect(state.sent).toEqual(['listTables'])
    await Promise.allSettled(['x', 'y'].map((name) => tables.definition(name)))
    expect(state.sent).toHaveLength(2)
  })

  test('a list that was read again replaces the kept one', async () => {
    const { state, tables } = fake([table('a', '1')])
    await tables.definition('a')
    state.tables = [table('a', '9')]
    await tables.list()
    expect((await tables.definition('a')).id).toBe('9')
  })
})
