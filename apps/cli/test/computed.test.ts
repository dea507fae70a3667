/** `clt records update --set-sql`: values that SQL computes from each record. */
import { describe, expect, it } from 'vitest'
import { useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'
import { runAtTerminal } from './pretended-terminal.ts'

const PRODUCTS = {
  name: 'products',
  columns: [
    { name: 'code', type: 'text' },
    { name: 'price', type: 'numeric' },
    { name: 'stock', type: 'int' },
    { name: 'phone', type: 'text' },
    { name: 'extra', type: 'jsonb' },
  ],
  records: [
    { code: 'a', price: '19.99', stock: 3, phone: '09 12 34', extra: { b: 1 } },
    { code: 'b', price: '5.00', stock: 0, phone: '091234', extra: null },
    { code: 'c', price: '0.10', stock: 7, phone: '+32 9', extra: { a: 0 } },
  ],
} as const

const { emulator, env } = await useEmulator({ tables: [PRODUCTS] })

const update = (...args: string[]) => runHere(['records', 'update', 'products', ...args], { env })

function column(name: string): unknown[] {
  return emulator.tables.records('products').map(({ values }) => values[name])
}

function writes(): unknown {
  return emulator.requests.counts.actions.UPDATE ?? 0
}

describe('--set-sql', () => {
  it('shows the records that would change, and their values', async () => {
    const { code, stdout, stderr } = await update(
      ...['--all', '--set-sql', `phone=replace(phone, ' ', '')`, '--dry-run'],
    )
    expect(code, stderr).toBe(0)
    const [a, , c] = emulator.tables.records('products')
    expect(stdout).toBe(
      `id\tcolumn\tbefore\tafter\n${a?.id}\tphone\t09 12 34\t091234\n${c?.id}\tphone\t+32 9\t+329\n`,
    )
    expect(stderr).toContain('1 of 3 records already have these values')
    expect(stderr).toContain('2 records would be updated')
    expect(writes()).toBe(0)
  })

  it('writes each its own values, and the journal undoes them', async () => {
    const args = ['--set-sql', 'price=round(price * 1.1, 2)', '--set-sql', 'stock=stock + 1']
    const { code, stderr } = await update(
      '--where',
      'stock > 0',
      ...args,
      '--set',
      'code=x',
      '--yes',
    )
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('updated 2 records in "products" (DRAFT)')
    expect(column('price').map(Number)).toEqual([21.99, 5, 0.11])
    expect([column('stock'), column('code')]).toEqual([
      [4, 0, 8],
      ['x', 'b', 'x'],
    ])
    const listed = await runHere(['changes', 'list', '--json'], { env })
    const [{ id }] = JSON.parse(listed.stdout)
    const undone = await runHere(['changes', 'undo', id, '--yes'], { env })
    expect(undone.code, undone.stderr).toBe(0)
    expect(column('price')).toEqual(PRODUCTS.records.map(({ price }) => price))
    expect(column('stock')).toEqual([3, 0, 7])
  })

  it('selects records by id, and reports those that do not change', async () => {
    const [a, b] = emulator.tables.records('products')
    const ids = ['--id', a?.id ?? '', '--id', b?.id ?? '']
    const set = ['--set-sql', `extra=json_set(coalesce(extra, '{}'), '$.a', stock)`]
    expect((await update(...ids, ...set, '--yes')).code).toBe(0)
    expect(column('extra')).toEqual([{ b: 1, a: 3 }, { a: 0 }, { a: 0 }])
    const again = await update(...ids, ...set, '--yes')
    expect(again.stderr).toContain('updated 0 records')
    const missing = await update('--id', '0190b8a0-0000-7000-8000-000000000001', ...set, '--yes')
    expect(missing.code).toBe(3)
  })

  it('writes nothing if a value does not fit, and names the records', async () => {
    const { code, stderr } = await update('--all', '--set-sql', 'stock=price', '--yes')
    const [a, , c] = emulator.tables.records('products')
    expect(code).toBe(2)
    expect(stderr).toContain(`record ${a?.id}: the expression for "stock" gives a fraction`)
    expect(stderr).toContain(`record ${c?.id}: the expression for "stock" gives a fraction`)
    const nothing = await update('--all', '--set-sql', `code=nullif(code, 'b')`, '--yes')
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('null cannot be')])
    expect(writes()).toBe(0)
  })

  it('does not overwrite a record that has changed since the preview', async () => {
    const args = ['records', 'update', 'products', '--all', '--set-sql', 'stock=stock * 10']
    const other = () => update('--where', 'code = c', '--set', 'stock=100', '--yes')
    const { code, stderr } = await runAtTerminal(args, { env, answer: 'y', beforeAnswer: other })
    expect(code).toBe(6)
    expect(stderr).toContain('Update 2 records of "products" (DRAFT)?')
    expect(stderr).toContain('was changed since it was read')
    expect(column('stock')).toEqual([30, 0, 100])
  })

  it('says on a terminal that no record would change', async () => {
    const args = ['records', 'update', 'products', '--all', '--set-sql', 'code=lower(code)']
    const { code, stderr } = await runAtTerminal(args, { env })
    expect([code, stderr]).toEqual([0, expect.stringContaining('No record would change.')])
  })

  it.each<[readonly string[], string]>([
    [['--all', '--set-sql', 'price'], 'cannot read --set-sql'],
    [['--all', '--set-sql', 'price=1', '--set-sql', 'price=2'], '"price" is set twice'],
    [['--all', '--set-sql', 'price=1', '--set', 'price=2'], '"price" is set twice'],
    [['--all', '--set-sql', 'prise=1'], 'Did you mean "price"?'],
    [['--all', '--set-sql', 'price=prise * 2'], 'Did you mean "price"?'],
    [['--all', '--set-sql', 'price=price; drop table products'], '; is not allowed'],
    [['--set-sql', 'price=1'], 'no records are selected'],
    [['--filter', '{}', '--set-sql', 'price=1'], 'matches every record'],
  ])('%j is an error', async (args, expected) => {
    const { code, stderr } = await update(...args, '--yes')
    expect([code, stderr]).toEqual([2, expect.stringContaining(expected)])
    expect(writes()).toBe(0)
  })
})
