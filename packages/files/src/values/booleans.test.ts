import { describe, expect, it } from 'vitest'
import { read, rejection } from '../../test/cells.ts'
import { cellReader } from './read-cell.ts'

describe('booleans', () => {
  it('are the words for them, and no others', () => {
    for (const word of ['true', 'TRUE', 't', 'Yes', 'y', 'on', '1', ' true ']) {
      expect(read(word, 'bool'), word).toBe(true)
    }
    for (const word of ['false', 'False', 'f', 'NO', 'n', 'off', '0']) {
      expect(read(word, 'bool'), word).toBe(false)
    }
    for (const word of ['2', 'ja', 'o', 'toString', '__proto__']) {
      expect(rejection(word, 'bool').hint, word).toContain('yes, no')
    }
  })

  it('come out of typed formats as themselves, or as 0 and 1', () => {
    expect(read({ json: false }, 'bool')).toBe(false)
    expect(read({ json: 1 }, 'bool')).toBe(true)
    expect(rejection({ json: 2 }, 'bool').reason).toBe('is neither true nor false')
  })
})

describe('booleans in other languages', () => {
  it.each([
    ['WAAR', 'ONWAAR'],
    ['WAHR', 'FALSCH'],
    ['VRAI', 'FAUX'],
    ['VERDADERO', 'FALSO'],
    ['VERO', 'FALSO'],
    ['VERDADEIRO', 'Falso'],
    ['SANT', 'FALSKT'],
    ['TOSI', 'EPÄTOSI'],
    ['DOĞRU', 'YANLIŞ'],
    ['doğru', 'yanlış'],
    ['ИСТИНА', 'ЛОЖЬ'],
  ])('are what a spreadsheet shows: %s and %s', (yes, no) => {
    expect([read(yes, 'bool'), read(no, 'bool')]).toEqual([true, false])
  })

  it.each([
    ['ja', '--true ja --false nee,nein,nej,nei'],
    ['Nee', '--true ja --false nee'],
    ['non', '--true oui --false non'],
    ['SI', '--true si --false no'],
    ['não', '--true sim --false não'],
    ['open', '--true and --false'],
  ])('are asked for where they mean yes or no: %s', (word, flags) => {
    expect(rejection(word, 'bool').hint).toContain(flags)
  })

  it('are what was said, in any letter case, next to the others', () => {
    const options = { trueTexts: ['ja', 'x'], falseTexts: ['nee', ' - '] }
    expect(
      ['JA', 'X', 'Nee', '-', 'true', 'WAAR'].map((word) => read(word, 'bool', options)),
    ).toEqual([true, true, false, false, true, true])
    // What was said counts for more than what a word means otherwise.
    expect(read('0', 'bool', { trueTexts: ['0'], falseTexts: ['1'] })).toBe(true)
    expect(read('ja', 'text', options)).toBe('ja')
  })

  it('are not said to be both, or nothing', () => {
    expect(() => cellReader({ trueTexts: ['x'], falseTexts: ['X'] })).toThrow('true and false')
    expect(() => cellReader({ trueTexts: [''] })).toThrow('is empty')
  })
})
