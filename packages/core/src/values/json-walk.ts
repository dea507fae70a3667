/**
 * Traverses JSON without recursion: a value from outside may be nested deeper than the stack
 * allows, and must still be read, compared, stored and deleted like any other.
 */
import { setOwn } from './own.ts'

type List = readonly unknown[]
type Members = Readonly<Record<string, unknown>>

/** Replacement for a value that is neither a list nor an object of members. */
type Leaf = (value: unknown) => unknown

/** The keys of an object in the order in which to copy them. */
type KeysOf = (members: object) => readonly string[]

/** Beyond this depth, values are checked for cycles. */
const SURELY_NO_CYCLE = 10_000

class CycleError extends TypeError {
  constructor() {
    super('JSON cannot express a value that contains itself')
  }
}

/** The open lists and objects, from the outermost inwards. */
class Open<F extends { readonly value: object }> {
  readonly frames: F[] = []
  #holders: Set<object> | undefined

  /** @throws CycleError for a value that is already open, at a depth where that is checked */
  push(frame: F): void {
    if (this.frames.length >= SURELY_NO_CYCLE) {
      this.#holders ??= new Set(this.frames.map(({ value }) => value))
      if (this.#holders.has(frame.value)) throw new CycleError()
      this.#holders.add(frame.value)
    }
    this.frames.push(frame)
  }

  pop(): void {
    const frame = this.frames.pop()
    if (frame !== undefined) this.#holders?.delete(frame.value)
  }
}

/** One list or object in progress. */
interface Frame {
  readonly value: object
  /** Undefined for a list. */
  readonly keys: readonly string[] | undefined
  at: number
}

function frameOf(value: object, keysOf: KeysOf): Frame {
  return { value, keys: Array.isArray(value) ? undefined : keysOf(value), at: 0 }
}

function sizeOf({ value, keys }: Frame): number {
  return keys === undefined ? (value as List).length : keys.length
}

/**
 * Copies a value and replaces each leaf.
 *
 * @param isLeaf whether an object is a leaf, such as a raw number
 * @throws CycleError
 */
export function mapJson(
  root: unknown,
  leaf: Leaf,
  isLeaf: (value: object) => boolean,
  keysOf: KeysOf = Object.keys,
): unknown {
  const open = new Open<Frame & { readonly copy: unknown[] | Record<string, unknown> }>()
  const copyOf = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || isLeaf(value)) return leaf(value)
    const copy = Array.isArray(value) ? [] : {}
    open.push({ ...frameOf(value, keysOf), copy })
    return copy
  }
  const result = copyOf(root)
  for (let top = open.frames.at(-1); top !== undefined; top = open.frames.at(-1)) {
    if (top.at === sizeOf(top)) {
      open.pop()
      continue
    }
    const at = top.at++
    const key = top.keys?.[at]
    if (key === undefined) (top.copy as unknown[]).push(copyOf((top.value as List)[at]))
    else setOwn(top.copy as Record<string, unknown>, key, copyOf((top.value as Members)[key]))
  }
  return result
}

/**
 * The text of a value, as JSON.stringify writes it.
 *
 * @param leaf the text of a leaf; undefined for values that a list writes as null and an object
 *   omits
 * @throws CycleError
 */
export function printJson(
  root: unknown,
  leaf: (value: unknown) => string | undefined,
  isLeaf: (value: object) => boolean,
): string | undefined {
  const open = new Open<Frame & { isBegun: boolean }>()
  const parts: string[] = []
  /** False for a value without a text; a list or object is opened, and written by the loop. */
  const print = (value: unknown, before: string): boolean => {
    if (typeof value === 'object' && value !== null && !isLeaf(value)) {
      parts.push(before, Array.isArray(value) ? '[' : '{')
      open.push({ ...frameOf(value, Object.keys), isBegun: false })
      return true
    }
    const text = leaf(value)
    if (text !== undefined) parts.push(before, text)
    return text !== undefined
  }
  if (!print(root, '')) return undefined
  for (let top = open.frames.at(-1); top !== undefined; top = open.frames.at(-1)) {
    if (top.at === sizeOf(top)) {
      parts.push(top.keys === undefined ? ']' : '}')
      open.pop()
      continue
    }
    const at = top.at++
    const comma = top.isBegun ? ',' : ''
    const key = top.keys?.[at]
    if (key === undefined) {
      if (!print((top.value as List)[at], comma)) parts.push(comma, 'null')
      top.isBegun = true
    } else if (print((top.value as Members)[key], `${comma}${JSON.stringify(key)}:`)) {
      top.isBegun = true
    }
  }
  return parts.join('')
}

/** Position of a value within another. */
export type JsonStep = number | string

/**
 * Visits each value and key within a value, itself included, until `visit` throws.
 *
 * @param visit returns whether to visit the contents of a list or an object; read `path` before the
 *   next call
 */
export function visitJson(
  root: unknown,
  visit: (value: unknown, path: () => JsonStep[], depth: number) => boolean,
): void {
  const frames: Frame[] = []
  const pathNow = () => frames.map(({ keys, at }) => keys?.[at - 1] ?? at - 1)
  const look = (value: unknown) => {
    const isOpened = visit(value, pathNow, frames.length)
    if (isOpened && typeof value === 'object' && value !== null) {
      frames.push(frameOf(value, Object.keys))
    }
  }
  look(root)
  for (let top = frames.at(-1); top !== undefined; top = frames.at(-1)) {
    if (top.at === sizeOf(top)) {
      frames.pop()
      continue
    }
    const at = top.at++
    const key = top.keys?.[at]
    look(key === undefined ? (top.value as List)[at] : (top.value as Members)[key])
  }
}
