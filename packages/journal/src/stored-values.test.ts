import { describe, expect, it } from 'vitest'
import { Redaction } from './redact.ts'
import { differences, keep, overlay, valuesFromText, valuesToText } from './stored-values.ts'
import type { JournalTable } from './types.ts'

const table: JournalTable = {
  id: 't',
  name: 'leads',
  columns: [
    { name: 'email', type: 'text' },
    { name: 'phone', type: 'text' },
    { name: 'size', type: 'int' },
  ],
}

const rules = [
  { column: 'leads.email', how: 'hash' as const },
  { column: '*.phone', how: 'drop' as const },
]
const redaction = new Redaction(rules, new Uint8Array(32))

describe('values in the database', () => {
  it('come back exactly', () => {
    const values = {
      big: 9_007_199_254_740_993n,
      json: { a: [1, null, { b: 2n ** 70n }] },
      text: 'line\nfeed\u0000\u{1f600}',
      none: null,
    }
    expect(valuesFromText(valuesToText(values))).toEqual(values)
  })

  it('are stored in the form that is read: a Date as its text, NaN as text', () => {
    const values = { at: new Date(0), number: Number.NaN }
    expect(valuesFromText(valuesToText(values))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      number: 'NaN',
    })
  })
})

describe('hidden values', () => {
  const values = { email: 'a@b.example', phone: '1', size: 3 }
  const kept = keep(values, table, redaction.of(table), redaction)

  it('are not kept, or as a hash alone', () => {
    expect(kept.values).toEqual({ size: 3 })
    expect(kept.hidden.phone).toBeNull()
    expect(kept.hidden.email).toMatch(/^[\da-f]{32}$/)
    expect(redaction.of({ id: 'x', name: 'others' })?.has('email')).toBe(false)
  })

  it('differ where their hash does; of dropped ones nothing is known', () => {
    expect(differences(kept, values, table, redaction)).toEqual([])
    expect(differences(kept, { ...values, phone: '2' }, table, redaction)).toEqual([])
    expect(differences(kept, { ...values, email: 'c' }, table, redaction)).toEqual(['email'])
    expect(differences(kept, { ...values, email: null }, table, redaction)).toEqual(['email'])
  })

  it('give way to what was written over them, and the other way round', () => {
    const written = { values: { phone: '2' }, hidden: {} }
    expect(overlay(kept, written)).toMatchObject({ values: { phone: '2', size: 3 } })
    expect(Object.keys(overlay(kept, written).hidden)).toEqual(['email'])
    expect(overlay(written, kept).values).toEqual({ size: 3 })
  })
})
