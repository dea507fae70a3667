import { describe, expect, it } from 'vitest'
import { visibleTables } from '../../policy/policy.ts'
import { viewOf } from './server-mirrors.ts'

const table = {
  id: 'id-leads',
  botId: 'bot',
  name: 'leads',
  description: '',
  columns: ['name', 'email', 'phone'].map((name) => ({ name, type: 'text' })),
}
const limits = { tables: undefined, hideColumns: ['leads.email'], maskColumns: ['*.phone'] }
const shown = visibleTables([table], limits)
const catalog = { known: (id: string) => shown.find((one) => one.table.id === id) }

describe('viewOf', () => {
  it('shows what the catalog knows as visible, and nothing that came since', () => {
    const { visible } = viewOf(limits, catalog)
    // As the gateway reports it a moment later: email has been renamed.
    const renamed = { ...table, columns: [{ name: 'mail', type: 'text' }] }
    expect(visible?.(renamed, undefined)).toBe('show')
    const columns = ['name', 'email', 'phone', 'mail'].map((name) => visible?.(renamed, name))
    expect(columns).toEqual(['show', 'hide', 'mask', 'hide'])
    expect(visible?.({ ...table, id: 'other' }, undefined)).toBe('hide')
  })

  it('has a view of its own for each set of rules, and none without rules', () => {
    const none = { tables: undefined, hideColumns: [], maskColumns: [] }
    expect(viewOf(none, catalog)).toEqual({})
    const views = [limits, { ...limits, hideColumns: [] }, { ...none, tables: ['leads'] }].map(
      (rules) => viewOf(rules, catalog).view,
    )
    expect(new Set(views).size).toBe(3)
  })
})
