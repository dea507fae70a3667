/**
 * JSON without loss: integers beyond 2^53 are bigints, other numbers that would not be written again
 * as they were read stay raw. Both are what the client reads and writes.
 */
import type { JsonValue } from '@chatlayer-tables/core'

/** What the runtime has (Node >= 21) and TypeScript's library does not yet describe. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): JsonValue
}

const json: SourceTextJson = JSON as typeof JSON & SourceTextJson

/** @throws SyntaxError */
export function parseJson(text: string): JsonValue {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(value, source) : value,
  ) as JsonValue
}

function exactNumber(value: number, source: string): unknown {
  if (String(value) === source || Number.isSafeInteger(value)) return value
  return /^-?\d+$/.test(source) ? BigInt(source) : json.rawJSON(source)
}

/** Like `JSON.stringify`, with bigints as numbers. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? json.rawJSON(String(part)) : part,
  )
}
