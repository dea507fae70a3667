/** Splits SQL into tokens as SQLite does, to count statements and find names. Pure. */

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'sign' | 'broken'

export interface Token {
  readonly kind: TokenKind
  /** The token as written. */
  readonly text: string
  /** A name or a string without its quotes; otherwise the text. */
  readonly value: string
  readonly start: number
  readonly end: number
}

const SKIPPED = /(?:[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y

/** Tried in this order. */
const FORMS: readonly (readonly [TokenKind, RegExp])[] = [
  ['string', /[xX]?'(?:[^']|'')*'/y],
  ['quoted', /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  ['broken', /[xX]?'|["`[]/y],
  [
    'number',
    /0[xX][\da-fA-F][\da-fA-F_]*|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y,
  ],
  ['word', /[\p{ID_Start}_\u0080-\uFFFF][\p{ID_Continue}$\u0080-\uFFFF]*/uy],
  ['parameter', /\?\d*|[:@$#][\p{ID_Continue}$\u0080-\uFFFF]+(?:::[\p{ID_Continue}$]+)*/uy],
  ['sign', /->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[\s\S]/uy],
]

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    SKIPPED.lastIndex = at
    at += SKIPPED.exec(sql)?.[0].length ?? 0
    if (at >= sql.length) break
    const token = tokenAt(sql, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

function tokenAt(sql: string, start: number): Token {
  for (const [kind, form] of FORMS) {
    form.lastIndex = start
    const text = form.exec(sql)?.[0]
    if (text === undefined || text === '') continue
    // A quote that is never closed extends to the end.
    const whole = kind === 'broken' ? sql.slice(start) : text
    return { kind, text: whole, value: meaningOf(kind, whole), start, end: start + whole.length }
  }
  const text = sql.slice(start, start + 1)
  return { kind: 'sign', text, value: text, start, end: start + 1 }
}

function meaningOf(kind: TokenKind, text: string): string {
  if (kind !== 'quoted' && kind !== 'string') return text
  const quote = text.at(-1) ?? ''
  const inner = text.slice(text.search(/["'`[]/) + 1, -1)
  return quote === ']' ? inner : inner.replaceAll(quote + quote, quote)
}

/** Whether a token can be a name. */
export function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted'
}

/** The statements of a text, each as its tokens without the semicolon. */
export function statements(tokens: readonly Token[]): Token[][] {
  const found: Token[][] = [[]]
  for (const token of tokens) {
    if (token.text === ';') found.push([])
    else found.at(-1)?.push(token)
  }
  return found.filter((statement) => statement.length > 0)
}

/** The parameters of a query: names without their sign, and the number of `?`. */
export function parametersOf(tokens: readonly Token[]): {
  readonly names: readonly string[]
  readonly places: number
} {
  const names = new Set<string>()
  let places = 0
  for (const { kind, text } of tokens) {
    if (kind !== 'parameter') continue
    if (!text.startsWith('?')) names.add(text.slice(1))
    else places = text === '?' ? places + 1 : Math.max(places, Number(text.slice(1)))
  }
  return { names: [...names], places }
}
