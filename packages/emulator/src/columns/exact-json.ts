/** JSON whose numbers keep every digit, as in jsonb and not in a double. */
import { randomUUID } from 'node:crypto'

/** A JSON number as it was written. */
export class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type ExactJson =
  | null
  | boolean
  | string
  | NumberText
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson }

/** The conversion of a value, from the innermost one outwards. */
export interface Fold<T> {
  leaf(value: null | boolean | string | NumberText): T
  list(items: readonly T[]): T
  /** The pairs in their original order; {@link inJsonbOrder} sorts them. */
  object(pairs: readonly (readonly [key: string, value: T])[]): T
}

/** One list or object in progress. */
interface Frame<T> {
  readonly keys: readonly string[] | undefined
  readonly values: readonly ExactJson[]
  readonly made: T[]
}

/**
 * Works without recursion: PostgreSQL accepts JSON that is nested deeper than this stack allows.
 */
export function foldJson<T>(root: ExactJson, fold: Fold<T>): T {
  const frames: Frame<T>[] = [{ keys: undefined, values: [root], made: [] }]
  for (;;) {
    const frame = frames.at(-1) as Frame<T>
    const { keys, values, made } = frame
    if (made.length < values.length) {
      const value = values[made.length] as ExactJson
      if (isArray(value)) {
        frames.push({ keys: undefined, values: value, made: [] })
      } else if (isObject(value)) {
        frames.push({ keys: Object.keys(value), values: Object.values(value), made: [] })
      } else {
        made.push(fold.leaf(value))
      }
      continue
    }
    frames.pop()
    const outer = frames.at(-1)
    if (outer === undefined) return made[0] as T
    outer.made.push(
      keys === undefined
        ? fold.list(made)
        : fold.object(keys.map((key, at) => [key, made[at] as T] as const)),
    )
  }
}

/** A string or a number of a JSON text; a number has no leading quote. */
const STRING_OR_NUMBER = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/gs

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** @throws SyntaxError */
export function parseExactJson(text: string): ExactJson {
  // A reviver would see the source of numbers too, but limits how deep it can go.
  JSON.parse(text)
  const mark = `${randomUUID()} `
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    NUMBER.test(token) ? `"${mark}${token}"` : token,
  )
  return foldJson<ExactJson>(JSON.parse(marked) as ExactJson, {
    leaf: (value) =>
      typeof value === 'string' && value.startsWith(mark)
        ? new NumberText(value.slice(mark.length))
        : value,
    list: (items) => items,
    object: (pairs) => Object.fromEntries(pairs),
  })
}

/**
 * JSON text without spaces; the keys of an object in jsonb's own order: shorter ones first, then by
 * bytes.
 *
 * @param number writes a number's text
 */
export function printExactJson(json: ExactJson, number = (text: string) => text): string {
  return foldJson<string>(json, {
    leaf: (value) => (value instanceof NumberText ? number(value.text) : JSON.stringify(value)),
    list: (items) => `[${items.join(',')}]`,
    object: (pairs) =>
      `{${inJsonbOrder(pairs)
        .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
        .join(',')}}`,
  })
}

/** Shorter keys first, then by bytes. */
export function inJsonbOrder<T>(
  pairs: readonly (readonly [key: string, value: T])[],
): (readonly [key: string, value: T])[] {
  return pairs
    .map((pair) => ({ bytes: Buffer.from(pair[0]), pair }))
    .sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
    .map(({ pair }) => pair)
}

export function isArray(json: ExactJson): json is readonly ExactJson[] {
  return Array.isArray(json)
}

export function isObject(json: ExactJson): json is { readonly [key: string]: ExactJson } {
  return (
    typeof json === 'object' && json !== null && !isArray(json) && !(json instanceof NumberText)
  )
}
