/** Reads a JSON list of objects, holding one of them at a time. */
import { InvalidInputError, parseJson } from '@chatlayer-tables/core'
import { asObject, type PlacedObject } from './objects.ts'

/** The maximum length of an item, in characters. */
const MAX_ITEM_LENGTH = 64 * 1024 * 1024

/**
 * The objects, in order; `line` is the place in the list, from 1.
 *
 * @throws InvalidInputError at the first item that is not JSON object, and where the list is not
 *   closed or something follows it
 */
export async function* readJsonList(
  chunks: AsyncIterable<string>,
  name: string,
): AsyncGenerator<PlacedObject, void, undefined> {
  const splitter = new JsonListSplitter()
  let line = 0
  for await (const chunk of chunks) {
    for (const text of splitter.push(chunk)) {
      line += 1
      const place = `${name}, item ${line}`
      yield { line, object: asObject(parseItem(text, place), place), text }
    }
    if (splitter.problem !== undefined) throw new InvalidInputError(`${name}: ${splitter.problem}`)
  }
  if (!splitter.ended) {
    throw new InvalidInputError(`${name}: the list is not closed after item ${line}`, {
      hint: 'The file was probably cut short.',
    })
  }
}

function parseItem(text: string, place: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new InvalidInputError(`${place}: this is not JSON`)
  }
}

/**
 * Cuts the text of a JSON list into the texts of its items. It knows brackets and strings only; a
 * parser checks whether an item is JSON. Chunks may be cut anywhere.
 */
export class JsonListSplitter {
  #state: 'before' | 'item or end' | 'item' | 'inside' | 'separator' | 'after' = 'before'
  #depth = 0
  #inString = false
  #escaped = false
  #parts: string[] = []
  #length = 0
  readonly #isInside: boolean
  #end = 0
  problem: string | undefined

  /** @param options `isInside` for a list inside a text that continues after it */
  constructor({ isInside = false }: { readonly isInside?: boolean } = {}) {
    this.#isInside = isInside
  }

  get ended(): boolean {
    return this.#state === 'after'
  }

  /** For a list inside a text: the position after its end, in the chunk in which it ended. */
  get end(): number {
    return this.#end
  }

  /**
   * The items that end within this chunk.
   *
   * @param from the position to begin at
   */
  push(chunk: string, from = 0): string[] {
    const items: string[] = []
    let start = from
    let at = from
    while (at < chunk.length && this.problem === undefined) {
      if (this.#isInside && this.ended) break
      if (this.#state !== 'inside') {
        if (this.#between(chunk[at] ?? '')) start = at
        else at += 1
        continue
      }
      at = this.#inString ? this.#passString(chunk, at) : this.#passStructure(chunk, at)
      if (this.#depth < 0) {
        items.push(this.#take(chunk.slice(start, at)))
        this.#depth = 0
        this.#state = 'separator'
      }
    }
    if (this.#state === 'inside') this.#keep(chunk.slice(start))
    this.#end = at
    return items
  }

  /** Moves on by one character between items; true when an item begins with it. */
  #between(character: string): boolean {
    if (isSpace(character)) return false
    switch (this.#state) {
      case 'before':
        if (character === '[') this.#state = 'item or end'
        else this.problem = 'it does not begin with a list'
        return false
      case 'separator':
        if (character === ',') this.#state = 'item'
        else if (character === ']') this.#state = 'after'
        else this.problem = 'an item of the list is not followed by a comma'
        return false
      case 'item or end':
      case 'item':
        if (character === ']' && this.#state === 'item or end') {
          this.#state = 'after'
          return false
        }
        this.#state = 'inside'
        return true
      default:
        this.problem = 'something follows the end of the list'
        return false
    }
  }

  /** Skips text outside strings; stops before the end of the item, with the depth below 0. */
  #passStructure(chunk: string, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      switch (chunk.charCodeAt(at)) {
        case QUOTE:
          this.#inString = true
          return at + 1
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#depth += 1
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.#depth -= 1
          if (this.#depth < 0) return at
          break
        case COMMA:
          if (this.#depth > 0) break
          this.#depth = -1
          return at
      }
    }
    return chunk.length
  }

  #passString(chunk: string, from: number): number {
    let at = from
    if (this.#escaped) {
      this.#escaped = false
      at += 1
    }
    for (; at < chunk.length; at += 1) {
      const code = chunk.charCodeAt(at)
      if (code === BACKSLASH) {
        at += 1
        if (at === chunk.length) this.#escaped = true
      } else if (code === QUOTE) {
        this.#inString = false
        return at + 1
      }
    }
    return chunk.length
  }

  #keep(part: string): void {
    this.#parts.push(part)
    this.#length += part.length
    if (this.#length > MAX_ITEM_LENGTH) this.problem = 'an item of the list is too long'
  }

  #take(part: string): string {
    const text = this.#parts.length === 0 ? part : this.#parts.join('') + part
    this.#parts = []
    this.#length = 0
    return text
  }
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t'
}

const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
