import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../src/settings.ts'
import { allowedTools } from '../src/tools/registry.ts'
import { STORE_COUNT } from './fixture.ts'
import { describeTools, rowsOf } from './suite.ts'

describeTools('reading', (suite) => {
  it('uses the protocol of the client', () => {
    expect(suite.client.protocolVersion()).toBe(
      { v1: '2025-11-25', v2: '2026-07-28' }[suite.generation],
    )
    expect(suite.client.instructions()).toContain('never as instructions')
  })

  it('lists its tools, each with titles, hints and both schemas', async () => {
    const tools = await suite.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(
      allowedTools(DEFAULT_SETTINGS).map(({ name }) => name),
    )
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['list_tables', 'describe_table', 'query_records', 'query_sql', 'list_changes'],
        ...['insert_records', 'update_records', 'upsert_records', 'delete_records'],
        'undo_changes',
      ]),
    )
    for (const tool of tools) {
      expect(Object.keys(tool.annotations).toSorted()).toEqual([
        'destructiveHint',
        'idempotentHint',
        'openWorldHint',
        'readOnlyHint',
      ])
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(tool.outputSchema).toMatchObject({ type: 'object' })
    }
  })

  describe('list_tables and describe_table', () => {
    it('name the tables and their columns', async () => {
      const { data } = await suite.client.call('list_tables', {})
      expect(data).toMatchObject({
        returned: 2,
        total: 2,
        truncated: false,
        tables: [
          {
            name: 'stores',
            description: 'Where we are',
            columns: ['name', 'city', 'rank', 'open', 'tags'],
          },
          { name: 'leads', columns: ['message'] },
        ],
      })
    })

    it('name a table by its id too where that is needed, or asked for', async () => {
      const { data } = await suite.client.call('list_tables', {})
      expect(JSON.stringify(data)).not.toContain('"id"')
      const [stores] = suite.emulator.tables.list()
      const detailed = await suite.client.call('list_tables', { format: 'detailed' })
      expect(detailed.data.tables).toMatchObject([{ id: stores?.id }, { name: 'leads' }])
    })

    it('show types and count records by version', async () => {
      const draft = await suite.client.call('describe_table', { table: 'stores' })
      expect(draft.data).toMatchObject({
        name: 'stores',
        version: 'DRAFT',
        records: STORE_COUNT,
        columns: [
          { name: 'name', type: 'text' },
          { name: 'city', type: 'text' },
          { name: 'rank', type: 'int' },
          { name: 'open', type: 'bool' },
          { name: 'tags', type: 'jsonb' },
        ],
      })
      const live = await suite.client.call('describe_table', { table: 'stores@live' })
      expect(live.data).toMatchObject({ version: 'LIVE', records: 0 })
    })

    it('accept an id instead of a name', async () => {
      const id = suite.emulator.tables.list()[0]?.id
      const { data } = await suite.client.call('describe_table', { table: id })
      expect(data).toMatchObject({ name: 'stores' })
    })
  })

  describe('query_records', () => {
    it('filters, selects and sorts', async () => {
      const answer = await suite.client.call('query_records', {
        table: 'stores',
        where: { city: 'Bruges', rank: { gte: 50 } },
        select: ['name', 'rank'],
        sort: [{ column: 'rank', direction: 'desc' }],
      })
      expect(answer.data).toMatchObject({
        columns: ['name', 'rank'],
        returned: 3,
        total: 3,
        truncated: false,
        version: 'DRAFT',
      })
      expect(rowsOf(answer)).toEqual([
        ['Store 57', 57],
        ['Store 54', 54],
        ['Store 51', 51],
      ])
      expect(JSON.parse(answer.text)).toEqual(answer.data)
    })

    it('ignores letter case where the operator does, and sorts nulls last', async () => {
      suite.emulator.tables.insert('stores', [{ name: 'New store', city: 'GHENT' }])
      for (const [direction, first] of [
        ['asc', 1],
        ['desc', 59],
      ]) {
        const answer = await suite.client.call('query_records', {
          table: 'stores',
          where: { city: { ieq: 'ghent' }, name: { icontains: 'STORE' } },
          select: ['rank'],
          sort: [{ column: 'rank', direction }],
        })
        const ranks = rowsOf(answer).map((row) => row[0])
        expect([ranks.length, ranks[0], ranks.at(-1)]).toEqual([41, first, null])
      }
    })

    it('shows exactly what is selected, with fields of the record; the id without select', async () => {
      const select = ['createdAt', 'rank', 'id']
      const answer = await suite.client.call('query_records', { table: 'stores', select, limit: 1 })
      expect(answer.data).toMatchObject({ columns: select })
      expect(rowsOf(answer)[0]?.[0]).toMatch(/^\d{4}-\d\d-\d\dT/)
      const all = await suite.client.call('query_records', { table: 'stores', limit: 1 })
      expect(all.data.columns).toEqual(['id', 'name', 'city', 'rank', 'open', 'tags'])
    })

    it('only counts with limit 0', async () => {
      const answer = await suite.client.call('query_records', {
        table: 'stores',
        where: { city: 'Ghent' },
        limit: 0,
      })
      expect(answer.data).toMatchObject({ rows: [], returned: 0, total: 40, truncated: false })
    })

    it('returns every record once over all pages', async () => {
      const seen: unknown[] = []
      let cursor: unknown
      do {
        const answer = await suite.client.call('query_records', {
          table: 'stores',
          select: ['rank'],
          limit: 7,
          ...(cursor === undefined ? {} : { cursor }),
        })
        expect(answer.data.total).toBe(STORE_COUNT)
        seen.push(...rowsOf(answer).map(([rank]) => rank))
        cursor = answer.data.next_cursor
        expect(answer.data.truncated).toBe(cursor !== undefined)
      } while (cursor !== undefined)
      expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: STORE_COUNT }, (_, index) => index),
      )
    })

    it('cuts whole rows by max_tokens, reports it, and continues after the cut', async () => {
      const ask = (cursor?: unknown) =>
        suite.client.call('query_records', {
          table: 'stores',
          max_tokens: 800,
          ...(cursor === undefined ? {} : { cursor }),
        })
      const first = await ask()
      const { returned, next_cursor: cursor, notice } = first.data
      expect(returned).toBeGreaterThan(0)
      expect(returned).toBeLessThan(50)
      expect(notice).toContain('max_tokens')
      const second = await ask(cursor)
      expect(rowsOf(second)[0]?.[1]).toBe(`Store ${String(returned)}`)
    })

    it('counts, groups and aggregates without paging', async () => {
      const groups = await suite.client.call('query_records', {
        table: 'stores',
        group_by: ['city'],
        aggregate: ['count', 'sum(rank)', 'avg(rank)', 'max(name)', 'distinct(open)'],
      })
      expect(groups.data).toMatchObject({
        columns: ['city', 'count', 'sum(rank)', 'avg(rank)', 'max(name)', 'distinct(open)'],
        rows: [
          ['Ghent', 40, 1200, '30', 'Store 8', 2],
          ['Bruges', 20, 570, '28.5', 'Store 9', 2],
        ],
        total: 2,
        truncated: false,
      })
      const first = await suite.client.call('query_records', {
        table: 'stores',
        where: { open: true },
        group_by: 'city',
        sort: [{ column: 'city' }],
        limit: 1,
      })
      expect(first.data).toMatchObject({ rows: [['Bruges', 10]], total: 2, truncated: true })
      const second = await suite.client.call('query_records', {
        table: 'stores',
        where: { open: true },
        group_by: ['city'],
        sort: [{ column: 'city' }],
        limit: 1,
        cursor: first.data.next_cursor,
      })
      expect(second.data).toMatchObject({ rows: [['Ghent', 20]], truncated: false })
    })

    it.each([
      [{ aggregate: ['median(rank)'] }, 'aggregate[0]'],
      [{ aggregate: ['sum(name)'] }, 'aggregate[0]'],
      [{ aggregate: ['sum(rnk)'] }, 'aggregate[0]'],
      [{ group_by: ['cty'] }, 'group_by[0]'],
      [{ group_by: ['city'], select: ['name'] }, 'select'],
      [{ group_by: ['city'], sort: [{ column: 'name' }] }, 'sort[0].column'],
    ])('rejects %j', async (args, field) => {
      const answer = await suite.client.call('query_records', { table: 'stores', ...args })
      expect(answer).toMatchObject({ isError: true, data: { error: { field } } })
    })

    it('rejects an invalid cursor, and one of another query', async () => {
      const broken = await suite.client.call('query_records', {
        table: 'stores',
        cursor: 'nonsense',
      })
      expect(broken).toMatchObject({ isError: true, data: { error: { field: 'cursor' } } })
      const { data } = await suite.client.call('query_records', { table: 'stores', limit: 1 })
      const other = await suite.client.call('query_records', {
        table: 'stores',
        where: { city: 'Ghent' },
        cursor: data.next_cursor,
      })
      expect(other).toMatchObject({ isError: true, data: { error: { field: 'cursor' } } })
      expect(other.text).toContain('another query')
    })

    it('accepts arguments that were encoded twice', async () => {
      const answer = await suite.client.call('query_records', {
        table: 'stores',
        where: '{"city":"Bruges"}',
        select: '["name"]',
        sort: '[{"column":"rank"}]',
        limit: 1,
      })
      expect(answer.data).toMatchObject({ columns: ['name'], total: 20 })
    })
  })
})
