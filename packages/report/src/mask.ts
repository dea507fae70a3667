/**
 * Masks a body along its schema: names of declared fields stay, and words and counts of the API; every
 * other value is replaced. Large bodies are cut.
 */
import {
  ACTION_TYPES,
  COLUMN_TYPES,
  OPERATORS,
  type ReportPlace,
  UNDECLARED_OPERATORS,
} from '@chatlayer-tables/contract'
import * as z from 'zod'
import { maskMessage } from './message.ts'
import { Later, type Masked, MaskedObject, type Placeholders } from './placeholders.ts'
import { describe } from './shape.ts'
import { maskName } from './words.ts'

const MAX_DEPTH = 10
const MAX_KEYS = 300
const MAX_ITEMS = 20
const MAX_RECORDS = 500
const MAX_COUNT = 10_000

/** A field that no schema declares. */
export interface UnexpectedField {
  /** The object that has it, such as `data`; empty for the whole body. */
  readonly at: string
  /** As far as its words are known. */
  readonly name: string
  readonly type: string
}

export interface MaskedBody {
  readonly body: Masked
  readonly unexpected: readonly UnexpectedField[]
  /** Whether records that show nothing new are written as their id alone. */
  readonly abbreviated: boolean
  /** Records at the end that are not written. */
  readonly leftOut: number
}

export function maskBody(
  value: unknown,
  schema: z.core.$ZodType,
  places: Readonly<Record<string, ReportPlace>>,
  placeholders: Placeholders,
): MaskedBody {
  const masking = new Masking(places, placeholders)
  const body = masking.mask(value, schema, '', 0)
  const { abbreviated, leftOut } = masking
  return { body, unexpected: [...masking.unexpected.values()], abbreviated, leftOut }
}

class Masking {
  readonly unexpected = new Map<string, UnexpectedField>()
  abbreviated = false
  leftOut = 0
  readonly #places: Readonly<Record<string, ReportPlace>>
  readonly #placeholders: Placeholders

  constructor(places: Readonly<Record<string, ReportPlace>>, placeholders: Placeholders) {
    this.#places = places
    this.#placeholders = placeholders
  }

  /** @param schema undefined where keys are a user's */
  mask(value: unknown, schema: z.core.$ZodType | undefined, place: string, depth: number): Masked {
    if (depth > MAX_DEPTH) return '(deeper)'
    if (Array.isArray(value)) return this.#list(value, elementOf(schema), place, depth)
    if (typeof value === 'object' && value !== null) {
      return this.#object(value as Readonly<Record<string, unknown>>, schema, place, depth)
    }
    const kind = schema === undefined ? undefined : this.#places[place]
    return kind === undefined ? this.#plain(value) : this.#known(value, kind)
  }

  #plain(value: unknown): Masked {
    if (typeof value === 'string') return this.#placeholders.text(value)
    if (typeof value === 'number') return this.#placeholders.number(value)
    // A boolean is one bit of a user's; its type is enough.
    return typeof value === 'boolean' ? true : null
  }

  #known(value: unknown, kind: ReportPlace): Masked {
    if (typeof value === 'number') {
      if (kind === 'count' && Number.isInteger(value))
        return Math.max(-1, Math.min(value, MAX_COUNT + 1))
      return kind === 'status' && value >= 100 && value <= 599
        ? Math.trunc(value)
        : this.#plain(value)
    }
    if (typeof value !== 'string') return this.#plain(value)
    switch (kind) {
      case 'column':
        return this.#placeholders.column(value)
      case 'table':
        return this.#placeholders.table(value)
      case 'message':
        return maskMessage(value, this.#placeholders)
      case 'word':
        return WORDS.has(value) ? value : this.#plain(value)
      case 'type':
        return maskName(value)
      case 'list':
        return this.#textOrList(value)
      default:
        return this.#plain(value)
    }
  }

  /** The elements of an encoded list, each replaced. */
  #textOrList(value: string): Masked {
    if (!/[[{,]/.test(value)) return this.#plain(value)
    const parts = value
      .split(/([[\]{}",\s]+)/)
      .map((part, at) => (at % 2 === 1 ? part : this.#plain(part)))
    return new Later(() =>
      parts.map((part) => (part instanceof Later ? part.write() : part)).join(''),
    )
  }

  #object(
    value: Readonly<Record<string, unknown>>,
    schema: z.core.$ZodType | undefined,
    place: string,
    depth: number,
  ): MaskedObject {
    const masked = new MaskedObject()
    const shape = shapeOf(schema)
    const entries = Object.entries(value)
    for (const [key, item] of entries.slice(0, MAX_KEYS)) {
      if (shape === undefined) {
        masked.add(this.#placeholders.column(key), this.mask(item, undefined, place, depth + 1))
      } else if (Object.hasOwn(shape, key)) {
        const inner = place === '' ? key : `${place}.${key}`
        masked.add(key, this.mask(item, shape[key], inner, depth + 1))
      } else {
        const name = maskName(key)
        const type = describe(item)
        this.unexpected.set(JSON.stringify([place, key, type]), { at: place, name, type })
        masked.add(name, this.mask(item, undefined, place, depth + 1))
      }
    }
    if (entries.length > MAX_KEYS) masked.add('(more)', '(fields)')
    return masked
  }

  #list(
    value: readonly unknown[],
    element: z.core.$ZodType | undefined,
    place: string,
    depth: number,
  ): Masked {
    const mask = (item: unknown): Masked => this.mask(item, element, place, depth + 1)
    const isTop = depth === 1 && element !== undefined
    if (!isTop) return value.slice(0, MAX_ITEMS).map(mask)
    const seen = new Set<string>()
    this.leftOut += Math.max(0, value.length - MAX_RECORDS)
    return value.slice(0, MAX_RECORDS).map((item, at) => {
      const isNew = noteShapes(item, '', seen, 0)
      const id = idOf(item)
      if (at < MAX_ITEMS || isNew || id === undefined) return mask(item)
      this.abbreviated = true
      return this.#placeholders.text(id)
    })
  }
}

const WORDS: ReadonlySet<string> = new Set<string>([
  ...ACTION_TYPES,
  ...COLUMN_TYPES,
  ...Object.entries(OPERATORS).flatMap(([word, { sign }]) =>
    sign === undefined ? [word] : [word, sign],
  ),
  ...UNDECLARED_OPERATORS,
])

function idOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined
  return typeof item.id === 'string' ? item.id : undefined
}

/** Notes each pair of a place and a shape; whether any is new. */
function noteShapes(value: unknown, place: string, seen: Set<string>, depth: number): boolean {
  const shape = `${place}:${describe(value)}`
  let isNew = !seen.has(shape)
  seen.add(shape)
  if (depth > 2 || typeof value !== 'object' || value === null) return isNew
  for (const [key, item] of Object.entries(value).slice(0, MAX_KEYS)) {
    if (noteShapes(item, `${place}.${key}`, seen, depth + 1)) isNew = true
  }
  return isNew
}

function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    return unwrapped(schema.unwrap())
  }
  // Of a text or a list of texts, the element has no schema of its own.
  return schema
}

/** A value instead of a list has the schema of an element. */
function shapeOf(
  schema: z.core.$ZodType | undefined,
): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const inner = unwrapped(schema)
  if (inner instanceof z.ZodArray) return shapeOf(inner.element)
  return inner instanceof z.ZodObject ? inner.shape : undefined
}

function elementOf(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const inner = unwrapped(schema)
  return inner instanceof z.ZodArray ? inner.element : inner
}
