/** Text output of a profile: a paragraph for each column. */

import stringWidth from 'string-width'
import { formatCount, plural } from '../../output/progress.ts'
import { joinTexts, rich, type Styled, styled } from '../../output/styled.ts'
import { cut } from '../../output/text-table.ts'
import type { Writer } from '../../output/writer.ts'
import { printable } from '../../printable.ts'
import type { ColumnFacts } from './column-profile.ts'
import { SUSPECT_KINDS, type Suspect, withInvisible } from './suspects.ts'

const LABEL = 11
const BAR = 20
const MAX_VALUE_WIDTH = 40

export function profileText(column: ColumnFacts, records: number, writer: View): Styled {
  const line = (label: string, text: string): Styled =>
    rich`  ${styled('dim', label.padEnd(LABEL))}${cut(text, Math.max(40, writer.width - LABEL - 2))}`
  const lines = [
    rich`${styled('bold', printable(column.name))}  ${styled('dim', printable(column.type))}`,
    line('filled', filledText(column, records)),
  ]
  if (column.filled === 0) return rich`${joinTexts(lines, '\n')}\n`
  lines.push(line('distinct', distinctText(column)))
  const range = rangeText(column)
  if (range !== undefined) lines.push(line('range', range))
  for (const [label, text] of statisticsLines(column)) lines.push(line(label, text))
  lines.push(...frequentLines(column).map((text, index) => line(index ? '' : 'frequent', text)))
  for (const suspect of column.suspects) {
    lines.push(
      joinTexts([styled('yellow', `  ${'suspicious'.padEnd(LABEL)}`), suspectText(suspect)], ''),
    )
  }
  return rich`${joinTexts(lines, '\n')}\n`
}

type View = Pick<Writer, 'width'>

function filledText({ filled, nulls }: ColumnFacts, records: number): string {
  const of = records === 0 ? 0 : filled / records
  const rest = nulls === 0 ? '' : `, ${formatCount(nulls)} null`
  return `${bar(of)} ${percent(of)}  ${formatCount(filled)}${rest}`
}

function distinctText({ distinct, distinctIsExact, filled, looksLike }: ColumnFacts): string {
  const count = distinctIsExact ? formatCount(distinct) : `about ${formatCount(distinct)}`
  const unique = distinctIsExact && distinct === filled && filled > 1 ? ', each once' : ''
  return `${count}${unique}${looksLike === undefined ? '' : `, nearly all ${looksLike}`}`
}

function rangeText({ min, max, minLength, maxLength }: ColumnFacts): string | undefined {
  if (min !== undefined && max !== undefined) return `${printable(min)} to ${printable(max)}`
  if (minLength === undefined || maxLength === undefined) return undefined
  return minLength === maxLength
    ? plural(maxLength, 'character')
    : `${formatCount(minLength)} to ${plural(maxLength, 'character')}`
}

/** Mean, quantiles and histogram as labels and texts; none without numbers. */
export function statisticsLines(column: ColumnFacts): (readonly [string, string])[] {
  const { mean, standardDeviation, quantiles, quantilesAreExact, histogram } = column
  // Of a single value, the range says it all.
  if (mean === undefined || standardDeviation === undefined || standardDeviation === 0) return []
  const deviation =
    typeof mean === 'string' ? spanText(standardDeviation) : statisticText(standardDeviation)
  const shares = Object.entries(quantiles ?? {}).map(
    ([share, value]) =>
      `${share === '0.5' ? 'median' : `${Number(share) * 100}%`} ${statisticText(value)}`,
  )
  const about = quantilesAreExact ? '' : 'about '
  return [
    ['mean', `${statisticText(mean)}, standard deviation ${deviation}`],
    ['quantiles', `${about}${shares.join(', ')}`],
    ['histogram', sparkline(histogram ?? [])],
  ]
}

/** Numbers in six digits; times to the second. */
function statisticText(value: number | string): string {
  return typeof value === 'string'
    ? value.replace(/\.\d+Z$/, 'Z')
    : Number(value.toPrecision(6)).toLocaleString('en-US', {
        maximumFractionDigits: 10,
        useGrouping: false,
      })
}

const SPANS = [
  { seconds: 86_400, word: 'days' },
  { seconds: 3_600, word: 'hours' },
  { seconds: 60, word: 'minutes' },
] as const

function spanText(seconds: number): string {
  const span = SPANS.find((each) => seconds >= 2 * each.seconds)
  if (span === undefined) return `${statisticText(seconds)} s`
  return `${(seconds / span.seconds).toFixed(1)} ${span.word}`
}

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** A column for each part of the range, as high as its share of the fullest; empty parts are blank. */
function sparkline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts)
  const column = (count: number): string =>
    count === 0 ? ' ' : (LEVELS[Math.max(0, Math.ceil((count / most) * 8) - 1)] ?? '█')
  return `│${counts.map(column).join('')}│`
}

function frequentLines({ frequent: all, filled, distinctIsExact }: ColumnFacts): string[] {
  // Values that occur once are not frequent.
  const frequent = all.filter(({ count }) => count > 1)
  const shown = frequent.map(({ value }) => cut(printable(value) || '""', MAX_VALUE_WIDTH))
  const width = Math.max(...shown.map((text) => stringWidth(text)))
  return frequent.map(({ count }, index) => {
    const text = shown[index] ?? ''
    const padding = ' '.repeat(width - stringWidth(text))
    const least = distinctIsExact ? '' : 'at least '
    return `${text}${padding}  ${bar(count / filled)} ${percent(count / filled)}  ${least}${formatCount(count)}`
  })
}

function suspectText({ kind, count, examples }: Suspect): string {
  const shown = examples.map(({ id, value }) => {
    const text = `"${cut(printable(withInvisible(value)), MAX_VALUE_WIDTH)}"`
    return id === undefined ? text : `${text} in ${printable(id)}`
  })
  const more = count > examples.length ? ', …' : ''
  const indent = `\n${' '.repeat(LABEL + 4)}`
  return `${plural(count, 'value')}: ${SUSPECT_KINDS[kind]}${indent}${shown.join(`,${indent}`)}${more}`
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar proportional to the share, padded to the full length. Any share is seen, and only all is full. */
function bar(share: number): string {
  const most = BAR * 8
  const exact = Math.round(Math.min(1, Math.max(0, share)) * most)
  const eighths = share > 0 && share < 1 ? Math.min(most - 1, Math.max(1, exact)) : exact
  const text = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
  return text.padEnd(BAR)
}

/** Never rounds to 100% unless it is all, or to 0% unless it is none. */
function percent(share: number): string {
  const rounded = Math.round(share * 1_000) / 10
  const shown = share < 1 ? Math.min(rounded, 99.9) : rounded
  return `${(share > 0 ? Math.max(shown, 0.1) : shown).toFixed(1)}%`.padStart(6)
}
