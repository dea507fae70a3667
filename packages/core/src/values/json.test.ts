import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalJson } from './compare.ts'
import { isRawNumber, parseJson, stringifyJson } from './json.ts'

describe('parseJson', () => {
  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['[100000000000000000000]', [100000000000000000000n]],
    ['{"a":9223372036854775807}', { a: 9223372036854775807n }],
    ['1.5', 1.5],
    ['12.50', 12.5],
    ['1e3', 1000],
    ['1e21', 1e21],
    ['1.0000000000000000000', 1],
    ['-0', -0],
    ['0.1', 0.1],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value)
  })

  test.each([
    '1.2345678901234567890',
    '1e400',
    '-1e-400',
    '12345678901234567890e3',
    '0.1000000000000000055511151231257827',
    '9007199254740993.5',
  ])('keeps the text of %s, which no double holds', (text) => {
    const value = parseJson(`[${text}]`)
    expect(Array.isArray(value) && isRawNumber(value[0]) && value[0].rawJSON).toBe(text)
    expect(stringifyJson(value)).toBe(`[${text}]`)
  })

  test('leaves all strings unchanged', () => {
    const text = '{"a":"12345678901234567890","b":",1e400","c":"[ 9007199254740993"}'
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  test.each([
    '9007199254740993',
    ' \n9007199254740993',
    '[9007199254740993]',
    '[1, 9007199254740993]',
    '{"a":\t\r\n -9007199254740993}',
    '[[], 9007199254740993]',
    '["x",90071992547409931e1]',
  ])('keeps a number exact in any position: %j', (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text.replace(/\s/g, ''))
  })

  test('makes __proto__ an own property, on the fast way and on the exact one', () => {
    for (const text of ['{"__proto__":{"x":1}}', '{"__proto__":{"x":9007199254740993}}']) {
      const value = parseJson(text)
      expect(Object.hasOwn(value as object, '__proto__')).toBe(true)
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(stringifyJson(value)).toBe(text)
    }
  })

  test.each(['', '{', '[1,]', '01', '1e', '9007199254740993x'])('rejects %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })

  test('agrees with JSON.parse on all doubles', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        const exact = JSON.stringify(parseJson(text), (_, item) =>
          typeof item === 'bigint' ? Number(item) : item,
        )
        expect(JSON.parse(exact)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('numbers of any length come back as they were written', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,40}$/)
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits,
        fc.option(digits),
        fc.option(fc.integer({ min: -400, max: 400 })),
      )
      .map(([sign, whole, part, exponent]) =>
        [
          sign,
          whole,
          part === null ? '' : `.${part}`,
          exponent === null ? '' : `e${exponent}`,
        ].join(''),
      )
    fc.assert(
      fc.property(number, (text) => {
        const [value] = parseJson(`[${text}]`) as [unknown]
        const written = stringifyJson(value)
        if (typeof value === 'number') expect(Number(written)).toBe(Number(text))
        else expect(written).toBe(text)
        // A double is only given where it prints as the same number.
        if (typeof value === 'number' && !text.includes('e')) {
          const significant = text.replace(/[-.]/g, '').replace(/0+$/, '')
          expect(significant.length).toBeLessThanOrEqual(17)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('stringifyJson', () => {
  test.each([
    [{ a: 9007199254740993n, b: [-0, null, 'x'] }, '{"a":9007199254740993,"b":[-0,null,"x"]}'],
    [{ a: 1, b: undefined }, '{"a":1}'],
    [[-0], '[-0]'],
    [[-1, 0], '[-1,0]'],
    [{ n: 1n, b: undefined }, '{"n":1}'],
    [[new Date(0), 1n], '["1970-01-01T00:00:00.000Z",1]'],
    ['\0😀', '"\\u0000😀"'],
  ])('writes %o', (value, text) => {
    expect(stringifyJson(value)).toBe(text)
  })

  test.each([
    [undefined],
    [() => 1],
    [Number.NaN],
    [[Number.POSITIVE_INFINITY]],
    [{ a: { b: Number.NaN } }],
  ])('rejects %o', (value) => {
    expect(() => stringifyJson(value)).toThrow(TypeError)
  })

  test('rejects a cycle, also one with a bigint in it', () => {
    const cycle: Record<string, unknown> = { n: 1n }
    cycle.self = cycle
    expect(() => stringifyJson(cycle)).toThrow(TypeError)
  })

  test('rejects a cycle that branches, without walking all of its ways', () => {
    const cycle: unknown[] = []
    cycle.push([cycle, [cycle]], { cycle })
    expect(() => stringifyJson(cycle)).toThrow(/contains itself/)
  })
})

describe('JSON nested deeper than the stack is', () => {
  const nested = (depth: number, inner: string) =>
    `${'[{"a":'.repeat(depth / 2)}${inner}${'}]'.repeat(depth / 2)}`

  test.each([600, 5_000, 200_000])('%i levels are read and written, with every digit', (depth) => {
    for (const inner of ['1', '12345678901234567890', '1.2345678901234567890', '-0']) {
      const text = nested(depth, inner)
      const value = parseJson(text)
      expect(stringifyJson(value) === text).toBe(true)
      expect(equalJson(value, parseJson(text))).toBe(true)
      expect(equalJson(value, parseJson(nested(depth, '2')))).toBe(false)
    }
  })

  test('is written as JSON.stringify writes it', () => {
    const deepen = (value: unknown) => parseJson(nested(600, stringifyJson(value)))
    const odd = fc.constantFrom(12345678901234567890n, -0, JSON.parse('{"__proto__":1}'))
    const value = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(odd, fc.jsonValue())))
    fc.assert(
      fc.property(value, (inner) => {
        expect(stringifyJson(deepen(inner)) === nested(600, stringifyJson(inner))).toBe(true)
      }),
    )
    const holes = [undefined, Symbol('x'), () => 1, { a: undefined, b: new Date(0), c: 1n }]
    const deep = deepen(null) as [{ a: unknown }]
    let at: Record<string, unknown> = deep[0]
    while (at.a !== null) at = (at.a as Record<string, unknown>[])[0] as Record<string, unknown>
    at.a = holes
    const written = '[null,null,null,{"b":"1970-01-01T00:00:00.000Z","c":1}]'
    expect(stringifyJson(deep) === nested(600, written)).toBe(true)
  })
})

test('a number of three million digits takes no quadratic time', () => {
  const text = `[${'9'.repeat(3_000_000)},${'9'.repeat(1_000_000)}.5,1]`
  const begun = performance.now()
  const value = parseJson(text)
  expect(stringifyJson(value) === text).toBe(true)
  expect(equalJson(value, parseJson(text))).toBe(true)
  expect(performance.now() - begun).toBeLessThan(5_000)
})

test.each(['{12345678901234567890:1}', '[12345678901234567890 1]', '[-12345678901234567890-]'])(
  'invalid JSON stays invalid next to a long number: %s',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  },
)
