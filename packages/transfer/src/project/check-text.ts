/** What the text of a check shows before it is evaluated. Pure. */
import { tokenize } from '@chatlayer-tables/mirror'

type Token = ReturnType<typeof tokenize>[number]

const AGGREGATES: ReadonlySet<string> = new Set([
  ...['count', 'sum', 'total', 'avg', 'min', 'max', 'group_concat', 'string_agg'],
  ...['json_group_array', 'json_group_object', 'median', 'percentile'],
])

const WORDS: ReadonlySet<string> = new Set([
  ...['not', 'exists', 'and', 'or', 'is', 'null', 'in', 'between', 'like', 'glob', 'true', 'false'],
  ...['case', 'when', 'then', 'else', 'end', 'cast', 'as', 'collate', 'distinct', 'from'],
])

const COMPARING: ReadonlySet<string> = new Set(['=', '==', '!=', '<>', '<', '<=', '>', '>='])

export interface CheckText {
  /** The two sides of a condition that is one comparison. */
  readonly sides: readonly [string, string] | undefined
  /** Whether it names columns or functions outside of subqueries. */
  readonly namesOutside: boolean
}

/** Whether a condition is one of each record, rather than of all of them. */
export function isAboutRows(sql: string): boolean {
  const outside = outsideOfSubqueries(tokenize(sql))
  const names = outside.filter(isName)
  const isAggregate = outside.some(
    (token, index) => AGGREGATES.has(token.value.toLowerCase()) && outside[index + 1]?.text === '(',
  )
  return names.length > 0 && !isAggregate
}

export function comparisonIn(sql: string): CheckText {
  const tokens = tokenize(sql)
  const namesOutside = outsideOfSubqueries(tokens).some(isName)
  let depth = 0
  const found: Token[] = []
  let isOther = false
  for (const token of tokens) {
    if (token.text === '(') depth++
    if (token.text === ')') depth--
    if (depth > 0) continue
    if (COMPARING.has(token.text)) found.push(token)
    if (/^(?:and|or|not|between|case)$/i.test(token.text)) isOther = true
  }
  const [operator, second] = found
  if (operator === undefined || second !== undefined || isOther)
    return { sides: undefined, namesOutside }
  const left = sql.slice(0, operator.start).trim()
  const right = sql.slice(operator.start + operator.text.length).trim()
  return { sides: [left, right], namesOutside }
}

/** The tokens that are not in parentheses that begin a query. */
function outsideOfSubqueries(tokens: readonly Token[]): Token[] {
  const outside: Token[] = []
  let [depth, inside] = [0, 0]
  for (const [index, token] of tokens.entries()) {
    if (token.text === '(') {
      depth++
      const begins = /^(?:select|with|values)$/i.test(tokens[index + 1]?.text ?? '')
      if (inside === 0 && begins) inside = depth
    }
    if (inside === 0) outside.push(token)
    if (token.text === ')') {
      if (depth === inside) inside = 0
      depth--
    }
  }
  return outside
}

function isName({ kind, value }: Token): boolean {
  return kind === 'quoted' || (kind === 'word' && !WORDS.has(value.toLowerCase()))
}
