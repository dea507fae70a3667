/** What the compiler accepts in conditions and queries is what the client accepts, and no more. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import { parseQuery } from '../../src/query/parse-query.ts'
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

test.each(named(right))('%s is accepted', (_, query) => {
  expect(parseQuery(query, table)).toHaveProperty('condition')
})

test.each(named(wrong))('%s is rejected', (_, query) => {
  expect(() => parseQuery(query, table)).toThrow(InvalidInputError)
})
