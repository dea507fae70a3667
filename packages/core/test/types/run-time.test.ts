/** What the compiler accepts in conditions and queries is what the client accepts, and no more. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { checkOptions } from '../../src/check-options.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { parseQuery, QUERY } from '../../src/query/parse-query.ts'
import type { QueryOptions } from '../../src/query/where-types.ts'
import { COLUMNS } from './leads.ts'
import * as right from './right.ts'
import * as wrong from './wrong.ts'

const table = {
  id: 't',
  botId: 'b',
  name: 'leads',
  columns: Object.entries(COLUMNS).map(([name, type]) => ({ name, type })),
}

interface Forms {
  readonly conditions: readonly object[]
  readonly queries: readonly object[]
}

function named({ conditions, queries }: Forms): [string, QueryOptions][] {
  const all = [...conditions.map((where) => ({ where })), ...queries]
  return all.map((query) => [inspect(query, { depth: 9, breakLength: Infinity }), query])
}

/** As the methods of a table do. */
function read(query: QueryOptions) {
  return parseQuery(checkOptions(query, 'records', QUERY), table)
}

test.each(named(right))('%s is accepted', (_, query) => {
  expect(read(query)).toHaveProperty('condition')
})

test.each(named(wrong))('%s is rejected', (_, query) => {
  expect(() => read(query)).toThrow(InvalidInputError)
})
