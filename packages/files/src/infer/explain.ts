/** Why a column was given its type, in words. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { RowPlace } from '../source/source.ts'
import { shorten } from '../values/cell-error.ts'
import { type Candidates, type CounterExample, type Seen, TYPE_WORDS } from './candidates.ts'

interface Explained {
  /** Number of values. */
  readonly values: number
  /** Why not all values can be imported even as text. */
  readonly notText: string | undefined
  readonly place: RowPlace
}

export function explain(
  type: ColumnType,
  candidates: Candidates,
  { values, notText, place }: Explained,
): string {
  if (values === 0) return 'it holds no values, so any type would do'
  if (type === 'text') {
    if (candidates.hasOneBoolean) return ONE_BOOLEAN
    return notText ?? whyText(candidates.ruledOut, place)
  }
  const { fraction, beyond32 } = candidates
  if (type === 'int' && candidates.hasBooleansAlone) {
    return 'all its values are 0 or 1; make it bool if they mean no and yes'
  }
  if (type !== 'numeric') return `all its values are ${TYPE_WORDS[type]}`
  if (fraction !== undefined)
    return `all its values are numbers, and ${placed(fraction, place)} has a fraction`
  if (beyond32 === undefined) return 'all its values are numbers'
  return `all its values are whole numbers, and ${placed(beyond32, place)} does not fit in the 32 bits of an int`
}

const ONE_BOOLEAN =
  'all its values are words for the same boolean, or codes, such as of a country; make it bool if they mean yes or no'

/** Names the value that ruled out the type with the most values before it, or else the first value. */
function whyText(ruledOut: readonly CounterExample[], place: RowPlace): string {
  const [best] = ruledOut.toSorted((a, b) => b.before - a.before || rank(a) - rank(b))
  if (best === undefined) return 'no other type fits'
  const words = [`${placed(best, place)} ${best.reason}`]
  if (best.before > 0) words.push(`all before it are ${TYPE_WORDS[best.type]}`)
  return [...words, ...advice(best)].join('; ')
}

/** Ranks a value that almost fits a type before one that clearly has another type. */
function rank({ reason, hint = '', type }: CounterExample): number {
  const looked = OPTION.test(hint) || / zero| plus sign| code|quotes/.test(reason)
  if (looked) return type === 'int' ? 1 : 0
  return type === 'numeric' ? 2 : 3
}

/** Hints to set how the file writes numbers or dates. */
const OPTION = /^Pass --(?:decimal|date-format ")/

/** Words that people write where there is no value. */
const NO_VALUE = /^(?:n\/?a|nan|null|none|nil|-+|\?|\\n)$/i

function advice({ value, hint = '', before }: CounterExample): string[] {
  if (NO_VALUE.test(value) && before > 0)
    return [`pass --null "${shorten(value)}" if it means none`]
  return OPTION.test(hint) ? [`p${hint.slice(1).replace(/\.$/, '')}`] : []
}

function placed({ value, line }: Seen, place: RowPlace): string {
  return `"${shorten(value)}" (${place} ${line})`
}
