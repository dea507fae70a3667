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
  it('are the same everywhere', () => {
    expect(listFormats()).toBe('CSV, TSV, NDJSON, JSON or XLSX')
    expect(listFormats(formatsWith('bom'))).toBe('CSV or TSV')
    expect(listFormats(['csv'])).toBe('CSV')
    expect(listEndings()).toBe('.csv, .tsv, .ndjson, .json or .xlsx')
    expect(FORMAT_NAMES.map(withArticle).join()).toBe('a CSV,a TSV,an NDJSON,a JSON,an XLSX')
    expect(formatTable()).toContain(
      '| NDJSON | `.ndjson` `.jsonl` | one JSON object on each line |\n',
    )
  })
})
