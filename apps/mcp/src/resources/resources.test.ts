import type { CallToolResult } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import type { Session } from '../session.ts'
import { completeColumn, completeTable, matching } from './complete.ts'
import { type ResourceKind, resourcePage } from './resource-page.ts'
import { visibleTables } from './tables.ts'

const KIND: ResourceKind = { part: 'sample', title: 'sample', about: 'Records.' }

/** A session whose tools list these tables, two per page. */
function sessionOf(tables: readonly { name: string; id?: string }[]): Session {
  return {
    async call(tool, args): Promise<CallToolResult> {
      const { cursor = '0' } = args as { cursor?: string }
      const next = Number(cursor) + 2
      const structuredContent =
        tool.name === 'list_tables'
          ? {
              tables: tables.slice(Number(cursor), next),
              ...(next < tables.length ? { next_cursor: String(next) } : {}),
            }
          : { columns: [{ name: 'city' }, { name: 'capacity' }] }
      return { content: [{ type: 'text', text: '' }], structuredContent }
    },
    close: async () => {},
  }
}

const never = new AbortController().signal

describe('the visible tables', () => {
  it('are complete and sorted by name', async () => {
    const tables = ['stores', 'b', 'leads', 'A', 'faq'].map((name) => ({ name }))
    const found = await visibleTables(sessionOf(tables), never)
    expect(found.map(({ reference }) => reference)).toEqual(['A', 'b', 'faq', 'leads', 'stores'])
  })

  it('are referenced by id if they are listed with one', async () => {
    const tables = [{ name: 'twice', id: '1' }, { name: 'twice', id: '2' }, { name: 'b' }]
    const found = await visibleTables(sessionOf(tables), never)
    expect(found.map(({ reference }) => reference).sort()).toEqual(['1', '2', 'b'])
  })
})

describe('pages of resources', () => {
  const tables = Array.from({ length: 120 }, (_, index) => {
    const name = `table ${String(index).padStart(3, '0')}`
    return { name, description: undefined, reference: name }
  })

  it('contain every table once', () => {
    const uris: string[] = []
    let cursor: string | undefined
    do {
      const page = resourcePage(tables, [KIND], cursor)!
      uris.push(...page.resources.map(({ uri }) => uri))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(uris).toHaveLength(120)
    expect(uris[0]).toBe('table://table%20000/sample')
    expect(new Set(uris).size).toBe(120)
  })

  it('continue after the last table even if it was deleted', () => {
    const { nextCursor } = resourcePage(tables, [KIND], undefined)!
    const fewer = tables.filter(({ name }) => name !== 'table 049')
    expect(resourcePage(fewer, [KIND], nextCursor)?.resources[0]?.name).toBe('table 050 sample')
  })

  it.each(['', 'x', 'W10', Buffer.from('["a"]').toString('base64url')])(
    'know no cursor %j',
    (cursor) => {
      expect(resourcePage(tables, [KIND], cursor)).toBeUndefined()
    },
  )
})

describe('completion', () => {
  it('lists names with that prefix before other matches', () => {
    expect(matching('st', ['restore', 'stores', 'leads', 'Stock'])).toEqual([
      'stores',
      'Stock',
      'restore',
    ])
    expect(matching('', ['b', 'a'])).toEqual(['b', 'a'])
  })

  it('suggests versions after the @, and columns of the given table', async () => {
    const session = sessionOf([{ name: 'stores' }])
    expect(await completeTable(session)('stores@')).toEqual(['stores@draft', 'stores@live'])
    expect(await completeColumn(session)('c', { arguments: { table: 'stores' } })).toEqual([
      'city',
      'capacity',
    ])
    expect(await completeColumn(session)('c')).toEqual([])
  })
})
