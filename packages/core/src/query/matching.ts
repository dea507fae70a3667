/** Comparisons of text by its parts, and those that ignore letter case. */
import { foldCase } from '../values/fold-case.ts'

interface MatchRule {
  readonly ignoresCase: boolean
  /** With `ignoresCase`, both texts are folded. */
  readonly holds: (value: string, text: string) => boolean
}

const contains: MatchRule['holds'] = (value, text) => value.includes(text)
const startsWith: MatchRule['holds'] = (value, text) => value.startsWith(text)
const endsWith: MatchRule['holds'] = (value, text) => value.endsWith(text)
const equals: MatchRule['holds'] = (value, text) => value === text

/** By the name of the comparison. */
export const MATCHINGS = {
  contains: { ignoresCase: false, holds: contains },
  startsWith: { ignoresCase: false, holds: startsWith },
  endsWith: { ignoresCase: false, holds: endsWith },
  icontains: { ignoresCase: true, holds: contains },
  istartsWith: { ignoresCase: true, holds: startsWith },
  iendsWith: { ignoresCase: true, holds: endsWith },
  ieq: { ignoresCase: true, holds: equals },
} as const satisfies Record<string, MatchRule>

export type Matching = keyof typeof MATCHINGS

export const MATCHING_NAMES = Object.keys(MATCHINGS) as Matching[]

export function isMatching(name: string): name is Matching {
  return Object.hasOwn(MATCHINGS, name)
}

/** The text that `matches` takes: folded once for all records. */
export function foldFor(matching: Matching, text: string): string {
  return MATCHINGS[matching].ignoresCase ? foldCase(text) : text
}

/** @param folded the text of the condition, by {@link foldFor} */
export function matches(value: string, matching: Matching, folded: string): boolean {
  return MATCHINGS[matching].holds(foldFor(matching, value), folded)
}
