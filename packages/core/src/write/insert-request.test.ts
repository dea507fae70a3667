import { DEFAULT_DIALECT } from '@chatlayer-tables/contract'
import { expect, test } from 'vitest'
import { insertRequest } from './insert-request.ts'
import type { WriteContext } from './write-context.ts'

const CODE = { name: 'code', type: 'text' }
const SIZE = { name: 'size', type: 'int' }

test('equal rows have equal content, in whatever order columns and values come', () => {
  const context = { dialect: () => DEFAULT_DIALECT, version: 'DRAFT' } as WriteContext
  const contents = [
    { columns: [CODE, SIZE], values: { code: 'a', size: 1 } },
    { columns: [SIZE, CODE], values: { code: 'a', size: 1 } },
    { columns: [CODE, SIZE], values: { size: 1, code: 'a' } },
  ].map(({ columns, values }) => {
    const table = { id: 'id', name: 't', columns }
    return insertRequest(context, table, values, undefined).content
  })
  expect(new Set(contents).size).toBe(1)
})
