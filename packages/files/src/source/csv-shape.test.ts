import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { findShape } from './csv-shape.ts'

const delimiterOf = (text: string, preferred?: string) =>
  findShape(text, true, undefined, preferred).delimiter

describe('findShape', () => {
  it.each([
    [',', 'a,b\n1,2\n'],
    [';', 'a;b\n1,5;2,5\n'],
    ['\t', 'a\tb\n1\t2\n'],
    ['|', 'a|b\n1|2\n'],
  ])('finds %j', (delimiter, text) => {
    expect(delimiterOf(text)).toBe(delimiter)
  })

  it('respects quotes', () => {
    expect(delimiterOf('"a,b";c\n"1,2";3\n')).toBe(';')
    expect(delimiterOf('a;b\n"x\n,,,,\n";2\n')).toBe(';')
    // Both split in two throughout, the comma in the middle of a quoted title.
    expect(delimiterOf('a;"b,c"\n;0,0\n')).toBe(';')
    expect(delimiterOf('a|"b|c,d"\n|0,0\n')).toBe('|')
  })

  it('prefers the one that splits rows evenly, then the one that makes most columns', () => {
    expect(delimiterOf('a,b;c\n1,2\n3,4\n')).toBe(',')
    expect(delimiterOf('Name;Price, EUR;City\nx;1,5;y\nz;2,5;w\n')).toBe(';')
  })

  it('does not mind some ragged rows', () => {
    expect(delimiterOf('a,b,c\n1,2,3\n1,2\n1;2,3,4\n')).toBe(',')
  })

  it('goes by the name where the content leaves it open', () => {
    expect(delimiterOf('a,b\tc\n1,2\t3\n', '\t')).toBe('\t')
    expect(delimiterOf('one\n1\n')).toBe(',')
    expect(delimiterOf('one\n1\n', '\t')).toBe('\t')
  })

  it('never splits a text of one column', () => {
    expect(delimiterOf('note\na;b;c\nd;e;f\n')).toBe(',')
  })

  it('does not look at a row that is cut', () => {
    expect(findShape('a,b\n1,2\n"3;;;', false, undefined, undefined).delimiter).toBe(',')
  })

  it('obeys a sep line and passes over it, unless another delimiter was said', () => {
    expect(findShape('sep=|\r\na|b,c\r\n', true, undefined, undefined)).toEqual({
      delimiter: '|',
      lineEnd: '\n',
      skip: 7,
    })
    expect(findShape('SEP=;\na,b\n', true, ',', undefined)).toMatchObject({
      delimiter: ',',
      skip: 6,
    })
  })

  it('knows lines that end with a carriage return alone, though cells hold line feeds', () => {
    expect(findShape('a,b\r"x\ny",2\r', true, undefined, undefined).lineEnd).toBe('\r')
    expect(findShape('a,b\n"x\ry",2\n', true, undefined, undefined).lineEnd).toBe('\n')
  })

  it.each(['', ';;', '"', '\n'])('rejects %j as a delimiter', (delimiter) => {
    expect(() => findShape('a', true, delimiter, undefined)).toThrow(InvalidInputError)
  })
})
