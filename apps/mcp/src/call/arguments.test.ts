import { describe, expect, it } from 'vitest'
import { ToolError } from '../result/tool-error.ts'
import { insertRecords } from '../tools/insert-records/definition.ts'
import { queryRecords } from '../tools/query-records/definition.ts'
import { parseArguments } from './arguments.ts'

function toToolError(act: () => unknown): ToolError {
  try {
    act()
  } catch (error) {
    if (error instanceof ToolError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('parseArguments', () => {
  it('fills in defaults', () => {
    expect(parseArguments(queryRecords, { table: 'stores' })).toEqual({
      table: 'stores',
      limit: 50,
      max_tokens: 4_000,
      format: 'concise',
      cell_from: 0,
    })
  })

  it('accepts objects and lists as JSON text, at both levels', () => {
    expect(
      parseArguments(insertRecords, { table: 't', records: '["{\\"a\\":1}",{"b":2}]' }).records,
    ).toEqual([{ a: 1 }, { b: 2 }])
  })

  it('accepts a single value as a list', () => {
    const query = { table: 't', select: 'a', group_by: '["b"]' }
    expect(parseArguments(queryRecords, query)).toMatchObject({ select: ['a'], group_by: ['b'] })
    for (const sort of ['a', { column: 'a' }, ['a'], '{"column":"a"}', '["a"]']) {
      expect(parseArguments(queryRecords, { table: 't', sort })).toMatchObject({
        sort: [{ column: 'a', direction: 'asc' }],
      })
    }
  })

  it('accepts numbers and flags as text', () => {
    const query = parseArguments(queryRecords, { table: 't', limit: '7', max_tokens: '900' })
    expect(query).toMatchObject({ limit: 7, max_tokens: 900 })
    const args = { table: 't', records: [{}], dry_run: 'true' }
    expect(parseArguments(insertRecords, args).dry_run).toBe(true)
    expect(() => parseArguments(insertRecords, { ...args, dry_run: 'yes' })).toThrow('dry_run')
  })

  it('does not decode text arguments', () => {
    const { where, table } = parseArguments(queryRecords, {
      table: '{"a":1}',
      where: { name: '{"a":1}' },
    })
    expect({ where, table }).toEqual({ table: '{"a":1}', where: { name: '{"a":1}' } })
  })

  it('keeps a column named __proto__', () => {
    const args = JSON.parse('{"table":"t","records":[{"__proto__":"x"}]}')
    expect(JSON.stringify(parseArguments(insertRecords, args).records)).toBe('[{"__proto__":"x"}]')
  })

  it.each([
    [undefined, 'table', 'table is missing.'],
    [{ table: 5 }, 'table', 'table: expected string, received number.'],
    [{ table: 't', where: '{broken' }, 'where', 'where: expected an object.'],
    [
      { table: 't', sort: [{ colum: 'x' }] },
      'sort[0].column',
      'sort[0].column is missing. Unknown argument "colum" in sort[0].',
    ],
    [{ table: 't', wheer: {} }, 'wheer', 'Unknown argument "wheer". Did you mean "where"?'],
    [{ table: 't', zzz: 1 }, 'zzz', 'Unknown argument "zzz".'],
  ])('names the invalid argument in %j', (args, field, message) => {
    const failure = toToolError(() => parseArguments(queryRecords, args))
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENTS', message, details: { field } })
    expect(failure.details.hint).toContain('table, where, select, sort, group_by')
  })

  it('reports several mistakes at once, but not hundreds', () => {
    const records = Array.from({ length: 90 }, () => 'x')
    const { message } = toToolError(() => parseArguments(insertRecords, { table: 't', records }))
    expect(message).toContain('records[0]: expected an object. records[1]')
    expect(message).toMatch(/85 more errors\.$/)
  })
})
