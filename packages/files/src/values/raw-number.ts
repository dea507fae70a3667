/** Numbers that keep the text they were written as, which `parseJson` makes where no double holds them. */
import type { JsonValue } from '@chatlayer-tables/core'

/** Functions of Node 21 and later that TypeScript's library does not describe yet. */
interface RawJson {
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
  rawJSON(text: string): JsonValue
}

const json: RawJson = JSON as typeof JSON & RawJson

/** @param text of a JSON number */
export function rawNumber(text: string): JsonValue {
  return json.rawJSON(text)
}

/** The text of such a number; undefined for any other value. */
export function rawNumberText(value: unknown): string | undefined {
  return json.isRawJSON(value) ? value.rawJSON : undefined
}
