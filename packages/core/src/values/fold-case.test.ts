import { expect, test } from 'vitest'
import { foldCase } from './fold-case.ts'

/** The planes that have letters. */
const POINTS = Array.from({ length: 0x3_0000 }, (_, point) => String.fromCodePoint(point)).filter(
  (point) => /\P{Surrogate}/u.test(point),
)

const isCased = (point: string): boolean =>
  point.toUpperCase() !== point ||
  point.toLowerCase() !== point ||
  /\p{Changes_When_Casefolded}/u.test(point)

// ECMAScript prescribes simple case folding for a regular expression with the flags i and u.
test('code points have one fold where a regular expression ignores their difference, and only there', () => {
  const cased = POINTS.filter(isCased)
  const all = cased.join('')
  const byFold = Map.groupBy(cased, foldCase)
  for (const point of cased) {
    expect(byFold.get(foldCase(point))).toEqual(all.match(new RegExp(point, 'giu')))
  }
})

test('nothing else is folded, and what is folded stays', () => {
  const others = POINTS.filter((point) => !isCased(point)).join('')
  expect(foldCase(others) === others).toBe(true)
  const folded = foldCase(POINTS.join(''))
  expect(foldCase(folded) === folded).toBe(true)
})

test.each([
  ['GHENT', 'ghent', true],
  ['CAFÉ', 'café', true],
  ['café', 'cafe', false],
  ['ΟΔΟΣ', 'οδος', true],
  ['ΟΔΟΣ', 'οδοσ', true],
  ['Straße', 'STRASSE', false],
  ['STRAẞE', 'straße', true],
  ['İzmir', 'izmir', false],
  ['ısı', 'isi', false],
  ['Ǆ', 'ǅ', true],
  ['\ud83d', '\ud83d', true],
  ['𐐀', '𐐨', true],
])('%s and %s: %s', (one, other, isSame) => {
  expect(foldCase(one) === foldCase(other)).toBe(isSame)
})
