import { describe, expect, it } from 'vitest'
import { cut, TextTable } from './text-table.ts'

describe('TextTable', () => {
  it('aligns by display width, numbers to the right', () => {
    const table = new TextTable(3)
    const rows = [
      [{ text: 'name' }, { text: 'n', right: true }, { text: 'note' }],
      [{ text: '東京' }, { text: '1234', right: true }, { text: '' }],
      [{ text: 'Ghent' }, { text: '5', right: true }, { text: 'x' }],
    ]
    for (const row of rows) table.widen(row)
    expect(table.fit(80)).toEqual([])
    expect(rows.map((row) => String(table.line(row)))).toEqual([
      'name      n  note',
      '東京   1234  ',
      'Ghent     5  x',
    ])
  })

  it('does not count colours as width', () => {
    const table = new TextTable(2)
    const row = [{ text: 'ab', style: 'red' as const }, { text: 'c' }]
    table.widen([{ text: 'abcd' }, { text: 'c' }])
    expect(table.line(row).pieces).toEqual([
      { text: 'ab', style: 'red' },
      { text: '  ' },
      { text: '  ' },
      { text: 'c' },
    ])
  })
})

describe('cut', () => {
  it('cuts between graphemes', () => {
    expect(cut('abc', 3)).toBe('abc')
    expect(cut('abcd', 3)).toBe('ab…')
    expect(cut('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 4)).toBe('👩‍👩‍👧…')
    expect(cut('東京都', 4)).toBe('東…')
  })
})
