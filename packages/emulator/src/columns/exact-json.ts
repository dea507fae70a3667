/** JSON whose numbers keep every digit, as jsonb does and a double does not. */

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

/** The third argument of a reviver, which TypeScript's ES2024 library does not know yet. */
type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown

const keepDigits: Reviver = (_, value, context) =>
  typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value

/** @throws SyntaxError */
export function parseExactJson(text: string): ExactJson {
  return JSON.parse(text, keepDigits) as ExactJson
}

/**
 * Without spaces; the keys of an object in jsonb's own order: shorter ones first, then by bytes.
 *
 * @param number writes a number's text
 */
export function printExactJson(json: ExactJson, number = (text: string) => text): string {
  if (json instanceof NumberText) return number(json.text)
  if (isArray(json)) return `[${json.map((item) => printExactJson(item, number)).join(',')}]`
  if (!isObject(json)) return JSON.stringify(json)
  const pairs = pairsOf(json).map(
    ([key, value]) => `${JSON.stringify(key)}:${printExactJson(value, number)}`,
  )
  return `{${pairs.join(',')}}`
}

/** The pairs of an object in jsonb's own order. */
export function pairsOf(object: { readonly [key: string]: ExactJson }): [string, ExactJson][] {
  return Object.entries(object)
    .map(([key, value]) => ({ bytes: Buffer.from(key), key, value }))
    .sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
    .map(({ key, value }) => [key, value])
}

export function isArray(json: ExactJson): json is readonly ExactJson[] {
  return Array.isArray(json)
}

export function isObject(json: ExactJson): json is { readonly [key: string]: ExactJson } {
  return (
    typeof json === 'object' && json !== null && !isArray(json) && !(json instanceof NumberText)
  )
}
