/**
 * XML as office programs write it, as a stream of tags and texts. A pure push parser that knows
 * elements, attributes, CDATA and the five named entities; a document type is refused, so that
 * nothing expands.
 */

export interface XmlHandler {
  /** @param name without its prefix */
  open?(name: string, attributes: XmlAttributes): void
  text?(text: string): void
  close?(name: string): void
}

/** The document is not well-formed, or of a kind that is not read. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

/** The attributes of one tag, looked for when asked. */
export class XmlAttributes {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** @param name without its prefix */
  get(name: string): string | undefined {
    ATTRIBUTE.lastIndex = 0
    for (;;) {
      const match = ATTRIBUTE.exec(this.#text)
      if (match === null) return undefined
      if (match[1] === name) return decodeEntities(match[2] ?? match[3] ?? '')
    }
  }
}

const ATTRIBUTE = /(?:[^\s=:"'/]+:)?([^\s=:"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** In characters; a spreadsheet's longest text is 32,767. */
const LONGEST_PART = 16 * 1024 * 1024

export class XmlScanner {
  readonly #handler: XmlHandler
  #rest = ''
  #depth = 0
  #rooted = false

  constructor(handler: XmlHandler) {
    this.#handler = handler
  }

  /** @throws XmlError */
  push(chunk: string): void {
    const text = this.#rest + chunk
    let at = 0
    for (;;) {
      const open = text.indexOf('<', at)
      if (open === -1) break
      const next = this.#markup(text, at, open)
      if (next === undefined) break
      at = next
    }
    this.#rest = text.slice(at)
    if (this.#rest.length > LONGEST_PART) throw new XmlError('a text or tag is too long')
  }

  /** @throws XmlError when the document is not whole */
  end(): void {
    if (!this.#rooted || this.#depth > 0 || this.#rest.trim() !== '') {
      throw new XmlError('it ends too early')
    }
  }

  /** Tells of the text at `from` and the markup at `open`; where that ends, if it does. */
  #markup(text: string, from: number, open: number): number | undefined {
    const kind = text.charCodeAt(open + 1)
    if (kind === EXCLAMATION || kind === QUESTION) return this.#special(text, from, open)
    const end = tagEnd(text, open + 1)
    if (end === undefined) return undefined
    this.#text(text.slice(from, open))
    if (kind === SLASH) {
      this.#depth -= 1
      this.#handler.close?.(localName(text.slice(open + 2, end)))
      return end + 1
    }
    const empty = text.charCodeAt(end - 1) === SLASH
    const tag = text.slice(open + 1, empty ? end - 1 : end)
    const space = tag.search(/\s/)
    const name = localName(space === -1 ? tag : tag.slice(0, space))
    this.#rooted = true
    this.#handler.open?.(name, new XmlAttributes(space === -1 ? '' : tag.slice(space)))
    if (empty) this.#handler.close?.(name)
    else this.#depth += 1
    return end + 1
  }

  /** Comments, processing instructions and CDATA. */
  #special(text: string, from: number, open: number): number | undefined {
    for (const [start, stop] of SPECIAL) {
      if (!text.startsWith(start, open)) {
        if (text.length - open < start.length && start.startsWith(text.slice(open)))
          return undefined
        continue
      }
      const end = text.indexOf(stop, open + start.length)
      if (end === -1) return undefined
      this.#text(text.slice(from, open))
      if (start === CDATA) this.#handler.text?.(text.slice(open + start.length, end))
      return end + stop.length
    }
    throw new XmlError('it has a document type, which is not read')
  }

  #text(text: string): void {
    if (text !== '' && this.#depth > 0) this.#handler.text?.(decodeEntities(plainBreaks(text)))
  }
}

const SLASH = 47
const EXCLAMATION = 33
const QUESTION = 63
const CDATA = '<![CDATA['

const SPECIAL: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  [CDATA, ']]>'],
  ['<?', '?>'],
]

/** Where the `>` stands that ends a tag; one in an attribute's quotes does not. */
function tagEnd(text: string, from: number): number | undefined {
  let at = from
  for (;;) {
    const end = text.indexOf('>', at)
    if (end === -1) return undefined
    const quote = text.slice(at, end).search(/["']/)
    if (quote === -1) return end
    const close = text.indexOf(text[at + quote] ?? '', at + quote + 1)
    if (close === -1) return undefined
    at = close + 1
  }
}

function localName(name: string): string {
  const trimmed = name.trimEnd()
  return trimmed.slice(trimmed.indexOf(':') + 1)
}

/** A line break in a document is `\n`, however it was written (XML 1.0, section 2.11). */
function plainBreaks(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}
