import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareDecimals, plainDecimal, sameDecimal } from './decimal.ts'

describe('plainDecimal', () => {
  test.each([
    ['12.50', '12.50'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007.10', '7.10'],
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['-0.10', '-0.10'],
    ['1e3', '1000'],
    ['1.5e3', '1500'],
    ['1.5E+1', '15'],
    ['12.34e1', '123.4'],
    ['12.34e-1', '1.234'],
    ['1e-3', '0.001'],
    ['-1.2e-5', '-0.000012'],
    ['0e5', '0'],
    ['5e-324', `0.${'0'.repeat(323)}5`],
  ])('%s is %s', (text, plain) => {
    expect(plainDecimal(text)).toBe(plain)
  })

  test.each([
    '',
    ' 1',
    '1 ',
    '.',
    '+',
    '1e',
    '1e1.5',
    '0x10',
    '1_000',
    'NaN',
    'Infinity',
    '--1',
    '1,5',
  ])('%j is none', (text) => {
    expect(plainDecimal(text)).toBeUndefined()
  })

  test('has the limits of numeric', () => {
    expect(plainDecimal('1e131071')).toHaveLength(131_072)
    expect(plainDecimal('1e131072')).toBeUndefined()
    expect(plainDecimal('9'.repeat(131_073))).toBeUndefined()
    expect(plainDecimal('1e-16383')).toHaveLength(16_385)
    expect(plainDecimal('1e-16384')).toBeUndefined()
    expect(plainDecimal('1e999999999999')).toBeUndefined()
    expect(plainDecimal('1e-999999999999')).toBeUndefined()
  })
})

describe('compareDecimals', () => {
  test.each([
    ['1', '1.0', 0],
    ['0', '-0.00', 0],
    ['100', '1e2', 0],
    ['0.00010', '1e-4', 0],
    ['2', '10', -1],
    ['-2', '-10', 1],
    ['-1', '1', -1],
    ['0', '0.000000000000000000001', -1],
    ['0', '-0.1', 1],
    ['-5', '0', -1],
    ['0.1', '0.09', 1],
    ['12345678901234567890.1', '12345678901234567890.2', -1],
    ['99', '100', -1],
    ['1.05', '1.5', -1],
  ])('%s against %s', (a, b, order) => {
    expect(Math.sign(compareDecimals(a, b) ?? Number.NaN)).toBe(order)
    expect(Math.sign(compareDecimals(b, a) ?? Number.NaN)).toBe(order === 0 ? 0 : -order)
    expect(sameDecimal(a, b)).toBe(order === 0)
  })

  test('is undefined for a text that is not a decimal', () => {
    expect(compareDecimals('x', '1')).toBeUndefined()
    expect(compareDecimals('1', '')).toBeUndefined()
    expect(sameDecimal('x', '1')).toBe(false)
  })

  test('agrees with integers of the same scale', () => {
    const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat({ max: 8 }))
    fc.assert(
      fc.property(scaled, scaled, ([a, aScale], [b, bScale]) => {
        const left = a * 10n ** BigInt(8 - aScale)
        const right = b * 10n ** BigInt(8 - bScale)
        const expected = left < right ? -1 : left > right ? 1 : 0
        const order = compareDecimals(`${a}e-${aScale}`, `${b}e-${bScale}`)
        expect(Math.sign(order ?? Number.NaN)).toBe(expected)
      }),
    )
  })

  test('plain form keeps the value', () => {
    const text = fc
      .tuple(fc.bigInt(), fc.nat({ max: 1_000 }), fc.integer({ min: -50, max: 50 }))
      .map(([whole, part, exponent]) => `${whole}.${part}e${exponent}`)
    fc.assert(
      fc.property(text, (decimal) => {
        const plain = plainDecimal(decimal)
        expect(plain).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/)
        expect(compareDecimals(plain ?? '', decimal)).toBe(0)
      }),
    )
  })
})
