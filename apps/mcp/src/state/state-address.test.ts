import { describe, expect, it } from 'vitest'
import { stateAddress } from './state-address.ts'

describe('the setting of the state', () => {
  it.each([undefined, '', '  '])('%j is the state folder', (text) => {
    expect(stateAddress({ CHATLAYER_STATE: text })).toBeUndefined()
  })

  it.each(['postgres://tables@db.example.com/tables', 'postgresql:///tables?host=/run'])(
    '%s is a database',
    (text) => {
      expect(stateAddress({ CHATLAYER_STATE: ` ${text} ` })).toBe(text)
    },
  )

  it.each([
    ['connection:team', 'which only the command line can read'],
    ['mysql://ann:secret@db/tables', 'must be the address of a PostgreSQL database'],
    ['/var/lib/tables', 'must be the address of a PostgreSQL database'],
  ])('%s is an error that does not quote it', (text, reason) => {
    const read = () => stateAddress({ CHATLAYER_STATE: text })
    expect(read).toThrow(reason)
    expect(read).toThrow(expect.not.objectContaining({ message: expect.stringContaining(text) }))
  })
})
