/** JSON pointers (RFC 6901) into parsed JSON. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'

/**
 * The names and indexes of a pointer.
 *
 * @param setting that holds it, for the error
 * @throws InvalidInputError if it is not one
 */
export function parsePointer(pointer: string, setting: string): string[] {
  if (pointer === '') return []
  if (pointer.startsWith('/') && !/~(?![01])/.test(pointer)) {
    return pointer
      .slice(1)
      .split('/')
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  throw new InvalidInputError(`${setting}: "${shorten(pointer)}" is not a JSON pointer`, {
    field: setting,
    hint: 'Use one such as /data/items: it begins with "/"; a "/" in a name is ~1 and a "~" is ~0.',
  })
}

export function pointerText(path: readonly string[]): string {
  return path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A number as it was written, so that no digit is lost. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Parses JSON; a number becomes a {@link JsonNumber}.
 *
 * @throws SyntaxError
 */
export function parseWithNumbers(text: string): unknown {
  const revive = (_: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value
  return JSON.parse(text, revive)
}

/** What a pointer leads to. */
export type Located =
  | { readonly found: true; readonly value: unknown }
  /** `at` is the last value on the way, with its pointer. */
  | { readonly found: false; readonly at: string; readonly value: unknown }

export function locate(document: unknown, path: readonly string[]): Located {
  let value = document
  for (const [depth, token] of path.entries()) {
    const next = member(value, token)
    if (next === undefined) return { found: false, at: pointerText(path.slice(0, depth)), value }
    value = next.value
  }
  return { found: true, value }
}

function member(value: unknown, token: string): { readonly value: unknown } | undefined {
  if (Array.isArray(value)) {
    const isIndex = /^(?:0|[1-9]\d{0,9})$/.test(token) && Number(token) < value.length
    return isIndex ? { value: value[Number(token)] } : undefined
  }
  if (!isObject(value) || !Object.hasOwn(value, token)) return undefined
  return { value: value[token] }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonNumber)
  )
}

/** How many names of members are listed. */
const MAX_LISTED = 8

/** A description of a value by its kind, without its text. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'boolean') return String(value)
  if (!isObject(value)) return 'a number'
  const names = Object.keys(value)
  if (names.length === 0) return 'an empty object'
  const listed = names.slice(0, MAX_LISTED).map((name) => shorten(name))
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''
  return `an object with ${listed.join(', ')}${more}`
}

/** Why a pointer leads nowhere, after `rows: `. */
export function describeMissing(pointer: string, located: Located): string {
  if (located.found) return `${pointer || 'the response'} is ${describe(located.value)}`
  const at = located.at === '' ? 'the response' : located.at
  return `there is nothing at ${pointer}: ${at} is ${describe(located.value)}`
}
