import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newSession, readSession } from './session-id.ts'

const idOf = (client: string | undefined, showsViews = false) => newSession({ client, showsViews })

it('every replica reads what the client declared in an id, which is random', () => {
  const names = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
    nil: undefined,
  })
  fc.assert(
    fc.property(names, fc.boolean(), (client, showsViews) => {
      const [one, other] = [idOf(client, showsViews), idOf(client, showsViews)]
      expect(one).not.toBe(other)
      expect(one).toMatch(/^[\x21-\x7e]+$/)
      expect(readSession(one)).toEqual({ id: one, client, showsViews })
    }),
  )
})

it('reads ids of servers before views', () => {
  const id = '0b8d9a0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b'
  expect(readSession(id)).toEqual({ id, client: undefined, showsViews: false })
  const named = `${id}.${Buffer.from('Claude').toString('base64url')}`
  expect(readSession(named)).toEqual({ id: named, client: 'Claude', showsViews: false })
})

it('cuts long names', () => {
  expect(readSession(idOf('é'.repeat(1_000)))?.client).toBe('é'.repeat(80))
})

it.each([null, '', 'mine', '../../x', `${idOf('a')}/`, idOf('a').slice(1), `${idOf('a')}~ui~ui`])(
  'ignores %j',
  (id) => expect(readSession(id)).toBeUndefined(),
)
