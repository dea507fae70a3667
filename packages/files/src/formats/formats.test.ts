import { describe, expect, it } from 'vitest'
import {
  FORMAT_FACTS,
  FORMAT_NAMES,
  type FormatFacts,
  formatOfName,
  formatsWith,
  formatTable,
  listEndings,
  listFormats,
  withArticle,
} from './format-facts.ts'
import { FORMATS } from './formats.ts'

describe('the table of formats', () => {
  it('has a reader that fits the container of each format', () => {
    for (const name of FORMAT_NAMES) {
      const reader = FORMAT_FACTS[name].container === 'zip' ? 'readZip' : 'readText'
      expect(FORMATS[name]).toHaveProperty(reader)
    }
  })

  it('gives each ending and each delimiter to one format', () => {
    const facts = FORMAT_NAMES.map((name): FormatFacts => FORMAT_FACTS[name])
    const endings = facts.flatMap((own) => [...own.endings, ...(own.readEndings ?? [])])
    expect(new Set(endings).size).toBe(endings.length)
    const delimiters = facts.flatMap((own) => own.delimiter ?? [])
    expect(new Set(delimiters).size).toBe(delimiters.length)
  })

  it('gives the format of a name, and other endings for reading than for writing', () => {
    for (const name of FORMAT_NAMES) {
      for (const ending of FORMAT_FACTS[name].endings) {
        expect(formatOfName(`a.b.${ending.toUpperCase()}`)).toBe(name)
        expect(formatOfName(`a.${ending}.gz`, false)).toBe(name)
      }
    }
    expect(formatOfName('a.xlsm')).toBe('xlsx')
    expect(formatOfName('a.xlsm', false)).toBeUndefined()
    for (const name of ['a', 'csv', 'a.constructor', 'a.'])
      expect(formatOfName(name)).toBeUndefined()
  })
})

describe('the lists of formats', () => {
  it('name formats by their labels and endings', () => {
    expect(listFormats(['csv', 'ndjson', 'xlsx'])).toBe('CSV, NDJSON or XLSX')
    for (const name of FORMAT_NAMES) expect(listFormats()).toContain(FORMAT_FACTS[name].label)
    expect(listFormats(formatsWith('bom'))).toBe('CSV or TSV')
    expect(listFormats(['csv'])).toBe('CSV')
    expect(listEndings()).toMatch(/^\.csv, \.tsv, (?:\.[a-z]+, )*\.[a-z]+ or \.[a-z]+$/)
    expect([withArticle('csv'), withArticle('xlsx')]).toEqual(['a CSV', 'an XLSX'])
    expect(formatTable()).toContain('\n| NDJSON | `.ndjson` `.jsonl` | one JSON object per line ')
  })
})
