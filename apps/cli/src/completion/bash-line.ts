/**
 * Splits a command line from bash and readline into words, and quotes names so that bash reads them back,
 * with or without an open quote.
 */

/** The quote that is open at the start of the part to complete. */
export type Quote = '' | '"' | "'"

export interface BashLine {
  /** The words after the program's name, unquoted; the last is the word under the cursor. */
  readonly words: readonly string[]
  /** The start of the last word, before the part that readline replaces. */
  readonly fixed: string
  readonly quote: Quote
  /** Whether bash would expand the last word, so that its value is unknown. */
  readonly isOpaque: boolean
  /** Whether the last word is the target of a redirection. */
  readonly isRedirection: boolean
}

/**
 * @param line from the program's name up to the cursor
 * @param part the end of the line, which readline replaces; bash passes it in `$2`
 * @returns undefined for a line that cannot be parsed
 */
export function readBashLine(line: string, part: string): BashLine | undefined {
  if (!line.endsWith(part)) return undefined
  return new Reader(line, line.length - part.length).read()
}

class Reader {
  readonly #line: string
  readonly #start: number
  #at = 0
  #quote: Quote = ''
  #word: string | undefined
  #isOpaque = false
  #isRedirection = false
  readonly #words: string[] = []
  #fixed: string | undefined
  #quoteAtStart: Quote = ''

  constructor(line: string, start: number) {
    this.#line = line
    this.#start = start
  }

  read(): BashLine | undefined {
    for (; this.#at < this.#line.length; this.#at++) {
      this.#mark()
      if (!this.#take(this.#line[this.#at] ?? '')) return undefined
    }
    this.#mark()
    // The part starts inside a unit, such as between a backslash and the escaped character.
    if (this.#fixed === undefined) return undefined
    return {
      words: [...this.#words, this.#word ?? ''].slice(1),
      fixed: this.#fixed,
      quote: this.#quoteAtStart,
      isOpaque: this.#isOpaque,
      isRedirection: this.#isRedirection,
    }
  }

  /** Stores the state at the start of the part. */
  #mark(): void {
    if (this.#at !== this.#start) return
    this.#fixed = this.#word ?? ''
    this.#quoteAtStart = this.#quote
  }

  #take(character: string): boolean {
    if (this.#quote === "'") return this.#inSingle(character)
    if (character === '$' || character === '`') this.#isOpaque = true
    if (character === '\\') return this.#escaped()
    // bash expands history in double quotes too.
    if (character === '!' && this.#at < this.#start) this.#isOpaque = true
    if (this.#quote === '"') {
      if (character === '"') this.#quote = ''
      else this.#add(character)
      return true
    }
    return this.#bare(character)
  }

  #inSingle(character: string): boolean {
    if (character === "'") this.#quote = ''
    else this.#add(character)
    return true
  }

  #bare(character: string): boolean {
    if (character === '"' || character === "'") {
      this.#quote = character
      this.#add('')
    } else if (/[ \t]/.test(character)) this.#endWord()
    else if (/[<>]/.test(character)) this.#redirect()
    else if (/[\n;|&()]/.test(character)) return false
    else {
      // Patterns, braces and the home folder, before the part, where readline keeps them unchanged.
      if (/[*?[\]{}~]/.test(character) && this.#at < this.#start) this.#isOpaque = true
      this.#add(character)
    }
    return true
  }

  #escaped(): boolean {
    const next = this.#line[this.#at + 1]
    // The escaped character has not been typed yet.
    if (next === undefined) return true
    const isPlain = this.#quote === '"' && !/[$`"\\\n]/.test(next)
    this.#add(isPlain ? `\\${next}` : next)
    this.#at++
    return true
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text
  }

  #endWord(): void {
    if (this.#word === undefined) return
    if (!this.#isRedirection) this.#words.push(this.#word)
    this.#word = undefined
    this.#isOpaque = false
    this.#isRedirection = false
  }

  #redirect(): void {
    // A number before the redirection is a file descriptor.
    if (/^\d+$/.test(this.#word ?? '')) this.#word = undefined
    this.#endWord()
    while (/[<>&|]/.test(this.#line[this.#at + 1] ?? '')) this.#at++
    this.#isRedirection = true
  }
}

/** Characters that bash needs no quotes for. */
const PLAIN = /[\p{L}\p{N}\p{M}_@%+=:,./-]/u

/**
 * Quotes a text so that bash reads it back after this open quote. readline closes the quote unless the
 * result already ends with it, in which case it is closed here. Does not support control characters.
 */
export function bashText(text: string, quote: Quote): string {
  const quoted = quotedText(text, quote)
  return quote !== '' && quoted.endsWith(quote) ? quoted + quote : quoted
}

function quotedText(text: string, quote: Quote): string {
  switch (quote) {
    case "'":
      return text.replaceAll("'", String.raw`'\''`)
    case '"':
      // In double quotes, only ending them prevents history expansion.
      return text.replace(/[\\"$`]/g, String.raw`\$&`).replaceAll('!', String.raw`"\!"`)
    case '':
      return [...text].map((sign) => (PLAIN.test(sign) ? sign : `\\${sign}`)).join('')
  }
}
