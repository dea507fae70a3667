import { describe, expect, it } from 'vitest'
import { importCommand } from './import-command.ts'

describe('the command that imports rejected rows', () => {
  it('has every setting for reading the file', () => {
    const settings = {
      mode: 'insert',
      encoding: 'windows-1251',
      decimal: ',',
      dateFormat: 'D-MMM-YY',
      nullText: 'NULL',
      trueTexts: ['ja', 'x'],
      falseTexts: ['-', 'nee'],
    } as const
    expect(importCommand({ target: ['stores'], settings }, 'x.rejected.csv')).toBe(
      'clt import stores x.rejected.csv --encoding windows-1251 --decimal , --date-format D-MMM-YY --null NULL --true ja,x --false=-,nee',
    )
  })
})
