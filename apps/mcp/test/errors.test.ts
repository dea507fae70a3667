import { expect, it } from 'vitest'
import { describeTools } from './suite.ts'

describeTools('errors', (suite) => {
  it.each([
    [
      'a wrong type',
      'query_records',
      { table: 'stores', limit: 'many' },
      'limit',
      /limit: expected number/,
    ],
    ['a missing argument', 'describe_table', {}, 'table', /table is missing/],
    [
      'an unknown argument',
      'query_records',
      { table: 'stores', wher: {} },
      'wher',
      /Unknown argument "wher".*Did you mean "where"/,
    ],
    ['a number out of range', 'query_records', { table: 'stores', limit: 9999 }, 'limit', /limit/],
    [
      'a wrong element',
      'insert_records',
      { table: 'stores', records: [{}, 'x'] },
      'records[1]',
      /records\[1\]: expected an object/,
    ],
    [
      'an unknown column in where',
      'query_records',
      { table: 'stores', where: { ctiy: 'x' } },
      'where.ctiy',
      /Did you mean "city"/,
    ],
    [
      'an unknown comparison',
      'query_records',
      { table: 'stores', where: { rank: { over: 1 } } },
      'where.rank.over',
      /over/,
    ],
    [
      'an unknown column in set',
      'update_records',
      { table: 'stores', all: true, set: { nmae: 'x' } },
      'set.nmae',
      /Did you mean "name"/,
    ],
    [
      'an unknown column in a record',
      'insert_records',
      { table: 'stores', records: [{ citty: 'x' }] },
      'records[0].citty',
      /Did you mean "city"/,
    ],
    [
      'a value of another type',
      'insert_records',
      { table: 'stores', records: [{ rank: 'high' }] },
      'records[0].rank',
      /rank/,
    ],
  ])('name the field for %s, with an example', async (_what, tool, args, field, text) => {
    const answer = await suite.client.call(tool, args)
    expect(answer.isError).toBe(true)
    expect(answer.data.error).toMatchObject({ field })
    expect(answer.text).toContain(field)
    expect(answer.text).toMatch(text)
    expect(answer.text).toContain(`Example: ${tool} {`)
  })

  it('name the nearest table', async () => {
    const answer = await suite.client.call('describe_table', { table: 'store' })
    expect(answer.isError).toBe(true)
    expect(answer.text).toContain('Did you mean "stores"?')
  })

  it('report that tables have no profiles here', async () => {
    const answer = await suite.client.call('describe_table', { table: 'prod:stores' })
    expect(answer).toMatchObject({ isError: true, data: { error: { field: 'table' } } })
  })

  it('report the message of the gateway', async () => {
    suite.emulator.faults.set([{ kind: 'status', status: 503 }])
    const answer = await suite.client.call('list_tables', {})
    expect(answer).toMatchObject({ isError: true, data: { error: { code: 'GATEWAY' } } })
  })
})
