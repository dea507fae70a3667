import { describe, expect, it } from 'vitest'
import { requireExpected } from './confirmation.ts'

const update = { action: 'update', unguarded: 20 } as const

describe('requireExpected', () => {
  it.each([
    { ...update, matched: 20, expect: undefined },
    { ...update, matched: 0, expect: undefined },
    { ...update, matched: 21, expect: 21 },
    { ...update, matched: 3, expect: 3 },
    { action: 'delete', unguarded: 0, matched: 1, expect: 1 } as const,
    { action: 'delete', unguarded: 0, matched: 0, expect: undefined } as const,
  ])('lets %j through', (write) => {
    expect(() => requireExpected(write)).not.toThrow()
  })

  it.each([
    [{ ...update, matched: 21, expect: undefined }, 'This would update 21 records.'],
    [{ ...update, matched: 21, expect: 20 }, 'This would update 21 records, not 20.'],
    [{ ...update, matched: 3, expect: 4 }, 'This would update 3 records, not 4.'],
    [
      { action: 'delete', unguarded: 0, matched: 1, expect: undefined } as const,
      'delete 1 record.',
    ],
    [{ action: 'delete', unguarded: 0, matched: 0, expect: 1 } as const, '0 records, not 1.'],
  ])('holds %j back, with the number that is right', (write, message) => {
    expect(() => requireExpected(write)).toThrow(
      expect.objectContaining({
        code: 'CONFIRMATION_NEEDED',
        message: expect.stringContaining(message),
        details: {
          field: 'expect',
          matched: write.matched,
          hint: expect.stringContaining(`expect: ${write.matched}.`),
        },
      }),
    )
  })
})
