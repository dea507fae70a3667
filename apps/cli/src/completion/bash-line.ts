/**
 * A command line as bash and its readline hand it over: cut into words as bash reads them, and names
 * quoted such that bash reads them back, whatever quote is open.
 */

/** The quote that is open where the completed part begins. */
export type Quote = '' | '"' | "'"

export interface BashLine {
  /** Behind the program's name, without their quotes; the last is the one under the cursor. */
  readonly words: readonly string[]
  /** Of the last word, what is in front of the part that readline replaces. */
  readonly fixed: string
  readonly quote: Quote
  /** Whether the last word holds what bash would expand, so that it is not known what it says. */
  readonly isOpaque: boolean
  /** Whether the last word is where output goes to, or input comes from. */
  readonly isRedirection: boolean
}

/**
 * @param line up to the cursor, from the program's name on
 * @param part the end of it that readline replaces, as bash passes it in `$2`
 * @returns undefined for a line that is not understood
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
    // The part does not begin inside of what belongs together, such as between a backslash and what it escapes.
    if (this.#fixed === undefined) return undefined
    return {
      words: [...this.#words, this.#word ?? ''].slice(1),
      fixed: this.#fixed,
      quote: this.#quoteAtStart,
      isOpaque: this.#isOpaque,
      isRedirection: this.#isRedirection,
    }
  }

  /** Where the part begins. */
  #mark(): void {
    if (this.#at !== this.#start) return
    this.#fixed = this.#word ?? ''
    this.#quoteAtStart = this.#quote
  }

  #take(character: string): boolean {
    if (this.#quote === "'") return this.#inSingle(character)
    if (character === '$' || character === '`') this.#isOpaque = true
    if (character === '\\') return this.#escaped()
    // History is expanded in double quotes too.
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
      // Patterns, braces and the home folder: what is in front of the part stays as it is.
      if (/[*?[\]{}~]/.test(character) && this.#at < this.#start) this.#isOpaque = true
      this.#add(character)
    }
    return true
  }

  #escaped(): boolean {
    const next = this.#line[this.#at + 1]
    // Nothing is escaped yet.
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
    // The number in front is the stream's.
    if (/^\d+$/.test(this.#word ?? '')) this.#word = undefined
    this.#endWord()
    while (/[<>&|]/.test(this.#line[this.#at + 1] ?? '')) this.#at++
    this.#isRedirection = true
  }
}

/** What bash takes as it is, without quotes. */
const PLAIN = /[\p{L}\p{N}\p{M}_@%+=:,./-]/u

/**
 * A text such that bash reads it back with this quote open, which readline closes: unless the text ends
 * with that quote already, so that it is then closed here. Not for control characters.
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
      // Nothing keeps history out of double quotes but to end them.
      return text.replace(/[\\"$`]/g, String.raw`\$&`).replaceAll('!', String.raw`"\!"`)
    case '':
      return [...text].map((sign) => (PLAIN.test(sign) ? sign : `\\${sign}`)).join('')
  }
}
