import { describe, expect, it } from 'vitest'
import { visibleTables } from '../policy/policy.ts'
import { shownSide } from './shown-changes.ts'

const table = {
  id: 'id-leads',
  botId: 'bot',
  name: 'leads',
  description: '',
  columns: ['name', 'mail', 'phone'].map((name) => ({ name, type: 'text' })),
}
const limits = { tables: undefined, hideColumns: ['leads.mail'], maskColumns: ['leads.phone'] }

describe('shownSide', () => {
  it('shows visible columns, and the beginning of long cells', () => {
    const [visible] = visibleTables([table], limits)
    if (visible === undefined) throw new Error('no table')
    const values = { name: 'x'.repeat(300), mail: 'secret', phone: '1', email: 'secret' }
    // The column mail was called email at the time of this write.
    expect(shownSide(values, visible)).toEqual({
      name: `${'x'.repeat(200)}…[+100]`,
      phone: '[masked]',
    })
    expect(shownSide({ name: 'a', phone: 'b' }, visible, ['name'])).toEqual({ name: 'a' })
    expect(shownSide(undefined, visible)).toBeUndefined()
  })
})
