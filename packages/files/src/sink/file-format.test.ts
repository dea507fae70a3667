import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { fileFormat } from './file-format.ts'

describe('fileFormat', () => {
  it.each([
    ['a.csv', 'csv', false],
    ['some/dir.json/a.TSV', 'tsv', false],
    ['a.jsonl', 'ndjson', false],
    ['a.json.gz', 'json', true],
    ['a.b.xlsx', 'xlsx', false],
  ])('%s is %s', (path, format, gzip) => {
    expect(fileFormat(path, undefined)).toEqual({ format, gzip })
  })

  it('uses the set format if the name shows none', () => {
    expect(fileFormat('dump', 'json')).toEqual({ format: 'json', gzip: false })
    expect(fileFormat('dump.txt', 'csv')).toEqual({ format: 'csv', gzip: false })
    expect(fileFormat('dump.gz', 'csv')).toEqual({ format: 'csv', gzip: true })
    expect(fileFormat('a.csv', 'csv')).toEqual({ format: 'csv', gzip: false })
  })

  it.each([
    ['dump', undefined, 'cannot detect a format'],
    ['dump.gz', undefined, 'cannot detect a format'],
    ['a.xlsm', undefined, 'cannot detect a format'],
    ['a.tsv', 'csv', 'a.tsv is the name of a TSV file, but the format is set to csv'],
    ['a.xlsx', 'json', 'an XLSX file'],
    ['a.xlsx.gz', undefined, 'packed already'],
    ['a.gz', 'xlsx', 'packed already'],
  ] as const)('%s as %s is rejected', (path, said, message) => {
    expect(() => fileFormat(path, said)).toThrow(InvalidInputError)
    expect(() => fileFormat(path, said)).toThrow(message)
  })
})
