import { unpackId } from '@chatlayer-tables/local'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeId, decodeText, encodeId, encodeText } from './encoding.ts'

const Text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\0', '\u0001', '\ud83d', '\ude00', '"', '\\', 'a'))
    .map((parts) => parts.join('')),
)
const Id = fc.oneof(Text, fc.uuid(), fc.string({ minLength: 14, maxLength: 17 }))

describe('a text for PostgreSQL', () => {
  it('has a form that it can store, and comes back', () => {
    fc.assert(
      fc.property(Text, (text) => {
        const encoded = encodeText(text)
        expect(encoded.includes('\0')).toBe(false)
        expect(encoded.isWellFormed()).toBe(true)
        expect(decodeText(encoded)).toBe(text)
      }),
    )
  })

  it('is stored as it is where that is possible', () => {
    for (const text of ['', 'plain', 'a\nb', '😀']) expect(encodeText(text)).toBe(text)
  })
})

it('an id comes back, and differs from every other', () => {
  fc.assert(
    fc.property(Id, Id, (id, other) => {
      expect(unpackId(decodeId(encodeId(id)))).toBe(id)
      expect(encodeId(id).equals(encodeId(other))).toBe(id === other)
    }),
  )
})
