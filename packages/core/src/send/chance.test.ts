import { describe, expect, test } from 'vitest'
import { type Chance, createChance } from './chance.ts'

/** Answers a millisecond apart; every `every`-th is a refusal. */
function answers(chance: Chance, from: number, count: number, every = Number.POSITIVE_INFINITY) {
  const causes = []
  for (let n = 1; n <= count; n++) {
    if (n % every === 0) causes.push(chance.refused(from + n))
    else chance.accepted(from + n)
  }
  return causes
}

/** Refused twice among twenty, which brings a pause. */
function doubted(): Chance {
  const chance = createChance()
  expect(answers(chance, 0, 20, 10)).toEqual(['chance', 'limit'])
  return chance
}

describe('a refusal', () => {
  test('is chance when it is the first', () => {
    expect(createChance().refused(0)).toBe('chance')
  })

  test('is chance while few of the latest answers are refusals', () => {
    const causes = answers(createChance(), 0, 5000, 60)
    expect(new Set(causes)).toEqual(new Set(['chance']))
  })

  test('is a limit’s when more are', () => {
    expect(answers(createChance(), 0, 400, 20).at(-1)).toBe('limit')
  })

  test('is a limit’s when it is the third in a row', () => {
    const chance = createChance()
    answers(chance, 0, 5000)
    expect([5001, 5002, 5003].map((now) => chance.refused(now))).toEqual([
      'chance',
      'chance',
      'limit',
    ])
  })
})

describe('after the pause', () => {
  test('there is a test when little else was refused', () => {
    const chance = doubted()
    answers(chance, 20, 30)
    expect(chance.test(300)).toBe(true)
  })

  test('there is none when most of what was under way was refused as well', () => {
    const chance = doubted()
    for (let now = 21; now < 40; now++) chance.alsoRefused(now)
    expect(chance.test(300)).toBe(false)
  })

  test('there is none when the limit is certain', () => {
    const chance = doubted()
    chance.certain(30)
    expect(chance.test(300)).toBe(false)
  })
})

describe('the test', () => {
  function tested(refusedAt: (n: number) => boolean): string[] {
    const chance = doubted()
    expect(chance.test(300)).toBe(true)
    const causes: string[] = []
    for (let n = 1; n <= 2100; n++) {
      const cause = refusedAt(n) ? chance.refused(300 + n) : chance.accepted(300 + n)
      if (cause !== undefined) causes.push(`${cause} at ${n}`)
    }
    return causes
  }

  test('finds a limit when nothing is refused at half the pace', () => {
    expect(tested(() => false)).toEqual(['limit at 500'])
  })

  test('finds chance when as many are refused as before', () => {
    const causes = tested((n) => n % 20 === 0)
    expect(causes).toContain('chance at 501')
    expect(causes.filter((cause) => cause.startsWith('limit'))).toEqual([])
  })

  test('ends at once when nearly everything is refused', () => {
    expect(tested((n) => n > 10)[7]).toBe('limit at 18')
  })

  test('that found a limit is not made again soon', () => {
    const chance = doubted()
    chance.test(300)
    answers(chance, 300, 600)
    for (const now of [2000, 2001, 2002]) chance.refused(now)
    expect(chance.test(2300)).toBe(false)
    for (const now of [20_000, 20_001, 20_002]) chance.refused(now)
    answers(chance, 20_010, 20)
    expect(chance.test(20_300)).toBe(true)
  })
})
