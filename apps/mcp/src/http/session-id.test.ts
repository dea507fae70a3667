import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newSession, readSession } from './session-id.ts'

it('every replica reads the name of the client in an id, which is random', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (name) => {
      const [one, other] = [newSession(name), newSession(name)]
      expect(one).not.toBe(other)
      expect(one).toMatch(/^[\x21-\x7e]+$/)
      expect(readSession(one)).toEqual({ id: one, client: name })
    }),
  )
  const unnamed = newSession(undefined)
  expect(readSession(unnamed)).toEqual({ id: unnamed, client: undefined })
})

it('cuts long names', () => {
  expect(readSession(newSession('é'.repeat(1_000)))?.client).toBe('é'.repeat(80))
})

it.each([null, '', 'mine', '../../x', `${newSession('a')}/`, newSession('a').slice(1)])(
  'ignores %j',
  (id) => expect(readSession(id)).toBeUndefined(),
)
