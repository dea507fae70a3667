/** Computes the text that a cell shows for its number. */
import type { JsonValue } from '@chatlayer-tables/core'
import type { TypedCell } from '../source.ts'
import { timeOfDay } from './dates.ts'
import { isElapsed, type NumberFormat } from './number-format.ts'

/** Applies a format's code to a number. @throws where it cannot */
export type Renderer = (code: string, value: number) => string

/** The library has the names of months in 60 languages: it is loaded only for files that need it. */
export async function loadRenderer(formats: readonly NumberFormat[]): Promise<Renderer> {
  if (formats.every(({ code }) => code === undefined)) return (_, value) => String(value)
  const { format } = await import('numfmt')
  return (code, value) => format(code, value, { locale: 'en', overflow: '' })
}

/** A number with a format. Its shown text is computed when asked for, which only text columns do. */
export class FormattedNumber implements TypedCell {
  readonly json: JsonValue
  readonly #value: number
  readonly #format: NumberFormat
  readonly #render: Renderer

  constructor(json: JsonValue, value: number, format: NumberFormat, render: Renderer) {
    this.json = json
    this.#value = value
    this.#format = format
    this.#render = render
  }

  get shown(): Exclude<TypedCell['shown'], undefined> {
    const { code, unknown } = this.#format
    if (unknown !== undefined || code === undefined) return { unknown: unknown ?? '' }
    return shownNumber(this.#value, code, this.#render)
  }
}

/** A time of day as `09:00` in any format; a duration such as 25:30 as its format shows it. */
export function shownTime(
  value: number,
  { code }: NumberFormat,
  render: Renderer,
): Exclude<TypedCell['shown'], undefined> {
  const time = timeOfDay(value)
  if (time === undefined)
    return { unknown: 'a negative time or one beyond the year 9999 is not shown' }
  return code !== undefined && isElapsed(code) ? shownNumber(value, code, render) : time
}

/** The shown number in English notation: a point before the fraction, commas between thousands. */
function shownNumber(
  value: number,
  code: string,
  render: Renderer,
): Exclude<TypedCell['shown'], undefined> {
  const unreadable = {
    unknown: `the text that its number format ${code} shows cannot be determined`,
  }
  if (OTHER_DIGITS.test(code)) return unreadable
  let text: string
  try {
    text = render(code.replace(LANGUAGE, withoutLanguage), value).trim()
  } catch {
    return unreadable
  }
  if (text === '') return { unknown: 'its number format hides the number' }
  if (value < 0 && !/[-(\u2212]/.test(text)) {
    return { unknown: `its number format ${code} shows the number without its minus sign` }
  }
  return text
}

/**
 * Numbers in Chinese characters, Arabic digits and the like: of a tag such as `[$-2010409]` the last
 * four digits are a language, the two before them a calendar, and those before them kinds of digits;
 * 1 is the usual kind.
 */
const OTHER_DIGITS = /\[(?:DBNum|NatNum)|\[\$[^\]-]*-(?:0?[2-9a-f]|[1-9a-f][0-9a-f])[0-9a-f]{6}\]/i

/** `[$€-413]` is the euro sign. Its language does not change the marks between digits. */
const LANGUAGE = /\[\$([^\]-]*)-[0-9a-f]*\]/gi

function withoutLanguage(_: string, symbol: string): string {
  return symbol === '' ? '' : `[$${symbol}]`
}
