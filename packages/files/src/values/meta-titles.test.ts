import { describe, expect, it } from 'vitest'
import { metaTitles } from './meta-titles.ts'

const titles = (...names: string[]) => [
  ...metaTitles({ columns: names.map((name) => ({ name, type: 'text' })) }).values(),
]

describe('metaTitles', () => {
  it('are the names of the fields', () => {
    expect(titles('code', 'ident')).toEqual(['id', 'createdAt', 'updatedAt'])
  })

  it('give way to columns that an import would take for them', () => {
    expect(titles('ID', 'created_at')).toEqual(['record id', 'record createdAt', 'updatedAt'])
    expect(titles('id', 'Record-ID')).toEqual(['record record id', 'createdAt', 'updatedAt'])
  })
})
