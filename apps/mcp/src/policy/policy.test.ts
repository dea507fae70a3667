import { describe, expect, it } from 'vitest'
import { ToolError } from '../result/tool-error.ts'
import { checkSort, checkWhere } from './check-where.ts'
import { MASK, shownValues, unmatchedEntries, visibleTables } from './policy.ts'
import { redactError } from './redact.ts'

const table = (name: string, columns: string[], id = `id-${name}`) => ({
  id,
  botId: 'b',
  name,
  description: '',
  columns: columns.map((column) => ({ name: column, type: 'text' })),
})

const leads = table('leads', ['name', 'email', 'phone', '__proto__', 'and', '"odd"', 'a.b'])
const tables = [leads, table('faq', ['email', 'text']), table('a.b', ['c'])]

interface Limits {
  readonly hideColumns?: string[]
  readonly maskColumns?: string[]
}

const NONE = { tables: undefined, hideColumns: [], maskColumns: [] }

function visible(limits: Limits) {
  const [first] = visibleTables(tables, { ...NONE, ...limits })
  if (first === undefined) throw new Error('no table')
  return first
}

const columnsOf = (limits: Limits) => visible(limits).table.columns.map(({ name }) => name)

describe('visibleTables', () => {
  it('selects tables by name or id', () => {
    const names = (list: string[]) =>
      visibleTables(tables, { ...NONE, tables: list }).map((one) => one.table.name)
    expect(names(['faq', 'id-leads'])).toEqual(['leads', 'faq'])
    expect(names([])).toEqual([])
    expect(names(['Leads', 'lead'])).toEqual([])
  })

  it('hides by table and column, including names with points', () => {
    expect(columnsOf({ hideColumns: ['leads.email'] })).not.toContain('email')
    expect(columnsOf({ hideColumns: ['id-leads.email'] })).not.toContain('email')
    expect(columnsOf({ hideColumns: ['*.email'] })).not.toContain('email')
    expect(columnsOf({ hideColumns: ['leads.a.b'] })).not.toContain('a.b')
    expect(columnsOf({ hideColumns: ['faq.email', 'leads.Email'] })).toContain('email')
  })
})

describe('unmatchedEntries', () => {
  it('lists entries that match nothing', () => {
    const limits = {
      tables: ['faq', 'nope'],
      hideColumns: ['leads.email', 'leads.emial', '*.zzz'],
      maskColumns: ['a.b.c', 'a.b.d'],
    }
    expect(unmatchedEntries(tables, limits)).toEqual(['nope', 'leads.emial', '*.zzz', 'a.b.d'])
  })
})

describe('checkWhere', () => {
  const hidden = visible({
    hideColumns: ['leads.email', 'leads."odd"'],
    maskColumns: ['leads.phone'],
  })

  it.each([
    [{ email: 1 }, 'where.email'],
    [{ '"email"': 1 }, 'where."email"'],
    [{ '""odd""': 1 }, 'where.""odd""'],
    [{ phone: { isNull: true } }, 'where.phone'],
    [{ phone: { icontains: '0' } }, 'where.phone'],
    [{ or: [{ not: { email: { ieq: 'x' } } }] }, 'where.or[0].not.email'],
    [{ and: [{ name: 1 }, { or: [{ not: { email: 1 } }] }] }, 'where.and[1].or[0].not.email'],
    [{ not: '{"email":1}' }, 'where.not.email'],
    [{ or: '[{"email":1}]' }, 'where.or[0].email'],
    [{ or: ['{"email":1}'] }, 'where.or[0].email'],
    [{ '"and"': 1, email: 2 }, 'where.email'],
  ])('rejects %j', (where, field) => {
    expect(() => checkWhere(where, hidden)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field }) }),
    )
  })

  it('decodes JSON that was encoded twice, but not text', () => {
    expect(checkWhere({ or: '[{"name":{"in":"[1]"}}]' }, hidden)).toEqual({
      or: [{ name: { in: [1] } }],
    })
    const dated = { createdAt: '{"gte":"2026-01-01"}' }
    expect(checkWhere(dated, hidden)).toEqual({ createdAt: { gte: '2026-01-01' } })
    const text = { name: '{"email":1}', id: { eq: '[1]' } }
    expect(checkWhere(text, hidden)).toEqual(text)
  })

  it('keeps a column named __proto__', () => {
    const where = JSON.parse('{"__proto__":{"eq":"x"}}')
    expect(JSON.stringify(checkWhere(where, hidden))).toBe('{"__proto__":{"eq":"x"}}')
  })

  it('does not suggest hidden columns', () => {
    expect(() => checkWhere({ emai: 1 }, hidden)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ hint: expect.not.stringContaining('email') }),
      }),
    )
  })
})

describe('checkSort', () => {
  it('accepts only fields of the record and visible columns', () => {
    const masked = visible({ maskColumns: ['leads.phone'] })
    expect(() => checkSort([{ column: 'createdAt' }, 'name'], masked)).not.toThrow()
    expect(() => checkSort([{ column: 'name' }, { column: 'phone' }], masked)).toThrow('masked')
  })
})

describe('shownValues', () => {
  it('hides columns and masks values, including null', () => {
    const one = visible({ hideColumns: ['leads.email'], maskColumns: ['leads.phone'] })
    const values = { name: 'Ann', email: 'e', phone: null }
    expect(shownValues(values, one)).toEqual({ name: 'Ann', phone: MASK })
  })
})

describe('redactError', () => {
  const failure = (message: string, quotes = true) =>
    new ToolError('REJECTED', message, { hint: 'See email.' }, quotes)

  it('withholds texts of the gateway that name a hidden column', () => {
    const redacted = redactError(failure('column "email" is short'), ['email'], { table: 'leads' })
    expect(JSON.stringify([redacted.message, redacted.details])).not.toContain('email')
  })

  it('withholds every text of the gateway that it can recognize', () => {
    for (const words of ['"email" is short', '"age" is short']) {
      const message = `The gateway rejected the request (400): ${words}.`
      for (const args of [{}, { where: { email: 1 } }]) {
        const redacted = redactError(failure(message), ['email'], args)
        expect(redacted.message).toBe('The gateway rejected the request (400).')
      }
    }
  })

  it('keeps quotes of the caller, names within longer words, and texts of the server', () => {
    const quoted = redactError(failure('no column "email"'), ['email'], { where: { email: 1 } })
    expect(quoted.message).toContain('email')
    const ofFile = new ToolError('INVALID_INPUT', 'no column "email"', { hint: 'Or id.' }, true)
    expect(redactError(ofFile, ['email', 'id'], {})).toMatchObject({
      message: 'no column "email"',
      details: { hint: undefined },
    })
    const part = new ToolError('REJECTED', 'it is invalid', {}, true)
    expect(redactError(part, ['id', 'valid'], {}).message).toBe('it is invalid')
    expect(redactError(failure('email', false), ['email'], {}).message).toBe('email')
  })
})
