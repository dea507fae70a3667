import { describe, expect, it } from 'vitest'
import { maskHeaders } from './headers.ts'
import { maskMessage } from './message.ts'
import { Placeholders } from './placeholders.ts'
import { maskName } from './words.ts'

describe('a message keeps what says what is wrong, and no value', () => {
  it.each([
    ['limit must not be greater than 100', 'limit must not be greater than 100'],
    ['column "shoe_size" does not exist', 'column "…" does not exist'],
    ['invalid input syntax for type uuid: "42"', 'invalid input syntax for type uuid: "…"'],
    ['filters.0.operator must be one of: eq, gt', 'filters.….operator must be one of: eq, gt'],
    ['property columnType should not exist', 'property columnType should not exist'],
    ['call +32 470 12 34 56', 'call …'],
    ['value 1234 5678 9012 3456 is invalid', 'value … is invalid'],
    ['Jo Doe has no access', '… has no access'],
    ['Not Found', 'Not Found'],
    ['record12 is 34value', '… is …'],
    ['', ''],
  ])('%s', (text, masked) => {
    expect(maskMessage(text, new Placeholders()).write()).toBe(masked)
  })

  it('without the names of tables and columns, even if they are ordinary words', () => {
    const placeholders = new Placeholders()
    placeholders.column('email')
    const masked = maskMessage('column "email" does not exist', placeholders)
    expect(masked.write()).toBe('column "…" does not exist')
  })
})

it.each([
  ['tenantId', 'tenantId'],
  ['created_by', 'created_by'],
  ['isDeleted', 'isDeleted'],
  ['x-request-id', 'x-request-id'],
  ['johnSmith', '…'],
  ['johnId', '…Id'],
  ['status_john', 'status_…'],
  ['varchar(20)', 'varchar(20)'],
  ['numeric(10,2)', 'numeric(10,2)'],
  ['timestamp without time zone', 'timestamp without time zone'],
  ['4711', '…'],
])('the name %s becomes %s', (name, masked) => {
  expect(maskName(name)).toBe(masked)
})

it('headers keep what limits a client', () => {
  const date = 'Sat, 28 Nov 2026 18:00:00 GMT'
  const now = Date.parse(date) / 1000
  const { shown, others } = maskHeaders({
    date,
    'content-type': 'Application/JSON; charset=UTF-8',
    'retry-after': 'Sat, 28 Nov 2026 18:00:30 GMT',
    'x-ratelimit-limit': '100',
    'x-ratelimit-reset': String(now + 12),
    'x-ratelimit-reset-jo': String((now + 5) * 1000),
    ratelimit: '"jo";r=50;t=30',
    'ratelimit-policy': 'unlimited',
    'set-cookie': ['session=1'],
    'x-jo': 'yes',
  })
  expect(shown).toEqual({
    date,
    'content-type': 'application/json; charset=utf-8',
    'retry-after': '(a date, 30 s after the response)',
    'x-ratelimit-limit': '100',
    'x-ratelimit-reset': '(Unix seconds, 12 s after the response)',
    'x-ratelimit-reset-(name)': '(Unix milliseconds, 5 s after the response)',
    ratelimit: '"name";r=50;t=30',
    'ratelimit-policy': '(another form)',
  })
  expect(others).toEqual(['set-…', 'x-…'])
})
