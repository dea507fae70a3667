/**
 * XML of office programs as a stream of tags and texts, read by saxen. Nothing expands: a document
 * type is rejected, and only the five named entities and character numbers are replaced.
 */
import { Parser } from 'saxen'

export interface XmlHandler {
  /**
   * @param name without its prefix
   * @param attributes valid during the call only
   */
  open?(name: string, attributes: XmlAttributes): void
  text?(text: string): void
  close?(name: string): void
}

/** The document is not well-formed, of a kind that is not read, or beyond a limit. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

/** The attributes of one tag, parsed when the first is asked for. */
export interface XmlAttributes {
  /** The attribute with exactly this name; one with a prefix is another. */
  get(name: string): string | undefined
  /** The attribute with this name and any prefix, such as `r:id`. */
  getPrefixed(name: string): string | undefined
}

/** Characters of one tag, text, comment or similar. A cell allows 32,767. */
const MAX_TOKEN = 2 * 1024 * 1024
/** How deep elements may be nested; a worksheet needs about 10. */
const MAX_DEPTH = 200

export class XmlScanner {
  readonly #handler: XmlHandler
  readonly #parser = new Parser()
  readonly #attributes = new LazyAttributes()
  #depth = 0
  /** Text that the parser has not received yet. */
  #held = ''
  /** How many characters the parser has taken since it reported something. */
  #silent = 0

  constructor(handler: XmlHandler) {
    this.#handler = handler
    this.#parser
      .on('openTag', (name, attributes) => this.#open(name, attributes))
      .on('closeTag', (name) => this.#close(name))
      .on('text', (text) => this.#text(decodeEntities(plainBreaks(text))))
      .on('cdata', (text) => this.#text(plainBreaks(text)))
      .on('comment', () => this.#heard())
      .on('question', () => this.#heard())
      .on('attention', () => {
        throw new XmlError('it has a document type, which is not read')
      })
      .on('error', ({ message }) => {
        throw new XmlError(`its XML is damaged: ${message}`)
      })
      .on('warn', ({ message }) => {
        throw new XmlError(`its XML is damaged: ${message}`)
      })
  }

  /**
   * Takes the next piece and holds back its part from the last `<`: saxen takes a `>` in an attribute
   * for the end of the tag if the end of the attribute has not arrived. Saxen scans unfinished markup,
   * such as a comment, from its start with the next piece; so a piece is held until it is as long as
   * that, which keeps the time proportional to the length.
   *
   * @throws XmlError
   */
  push(chunk: string): void {
    this.#held += chunk
    if (this.#held.length < this.#silent) return
    const end = this.#held.lastIndexOf('<')
    if (end > 0) {
      const piece = this.#held.slice(0, end)
      this.#held = this.#held.slice(end)
      this.#give(piece)
    }
    if (Math.max(this.#held.length, this.#silent) <= MAX_TOKEN) return
    const most = MAX_TOKEN.toLocaleString('en-US')
    throw new XmlError(`a tag or text in it is longer than ${most} characters`)
  }

  /** @throws XmlError when the document is not whole */
  end(): void {
    this.#give(this.#held)
    this.#parser.end()
    if (this.#depth > 0) throw new XmlError('it ends too early')
  }

  #give(piece: string): void {
    this.#silent += piece.length
    this.#parser.write(piece)
  }

  #heard(): void {
    this.#silent = 0
  }

  #open(name: string, attributes: () => Record<string, string>): void {
    this.#silent = 0
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) {
      throw new XmlError(`its elements are nested more than ${MAX_DEPTH} deep`)
    }
    this.#attributes.begin(attributes)
    this.#handler.open?.(localName(name), this.#attributes)
  }

  #close(name: string): void {
    this.#silent = 0
    this.#depth -= 1
    this.#handler.close?.(localName(name))
  }

  #text(text: string): void {
    this.#silent = 0
    this.#handler.text?.(text)
  }
}

class LazyAttributes implements XmlAttributes {
  #parse: () => Record<string, string> = () => ({})
  #parsed: Record<string, string> | undefined

  begin(parse: () => Record<string, string>): void {
    this.#parse = parse
    this.#parsed = undefined
  }

  get(name: string): string | undefined {
    const value = this.#all()[name]
    return typeof value === 'string' ? decodeEntities(value) : undefined
  }

  getPrefixed(name: string): string | undefined {
    const found = Object.keys(this.#all()).find((key) => key.endsWith(`:${name}`))
    return found === undefined ? undefined : this.get(found)
  }

  #all(): Record<string, string> {
    this.#parsed ??= this.#parse()
    return this.#parsed
  }
}

function localName(name: string): string {
  return name.includes(':') ? name.slice(name.indexOf(':') + 1) : name
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

/** Not by saxen, which cuts the numbers of characters beyond 65,535. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? all) : all
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}
