import { describe, expect, it } from 'vitest'
import { readCursor, writeCursor } from './cursor.ts'

const question = { table: 't1', where: { city: 'Ghent' } }

describe('cursor', () => {
  it('contains an offset', () => {
    expect(readCursor(writeCursor(150, question), question)).toBe(150)
  })

  it('starts at 0 without a cursor', () => {
    expect(readCursor(undefined, question)).toBe(0)
  })

  it('is invalid for another query', () => {
    const cursor = writeCursor(150, question)
    expect(() => readCursor(cursor, { ...question, where: {} })).toThrow('another query')
  })

  it.each([
    ['no base64', '§§§'],
    ['no JSON', 'AAAA'],
    ['another format', Buffer.from('[2,5,"x"]').toString('base64url')],
    ['a negative offset', Buffer.from('[1,-5,"x"]').toString('base64url')],
    ['a fraction', Buffer.from('[1,0.5,"x"]').toString('base64url')],
    ['an empty word', ''],
  ])('is invalid if it contains %s', (_name, cursor) => {
    expect(() => readCursor(cursor, question)).toThrow('not issued by this server')
  })

  it('does not reveal the query', () => {
    const text = Buffer.from(writeCursor(1, question), 'base64url').toString()
    expect(text).not.toContain('Ghent')
  })
})
