import { expect, test } from 'vitest'
import { inferType, type Sample } from './infer.ts'

function cells(...texts: string[]): Sample[] {
  return texts.map((text) => ({ kind: 'text', text }))
}

test.each([
  ['int', ['0', '-7', '42', '9223372036854775807']],
  ['numeric', ['1.50', '2', '-0.1', '9223372036854775808']],
  ['bool', ['true', 'false']],
  ['uuid', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  ['timestamp', ['2026-01-31', '2026-01-31T12:00:00Z', '2026-01-31 12:00:00.5+01:00']],
  ['text', []],
  ['text', ['', '1']],
  ['text', ['007', '7']],
  ['text', ['+32470000000']],
  ['text', ['00M', '1']],
  ['text', ['1e5']],
  ['text', ['.5']],
  ['text', ['1,5']],
  ['text', ['-0']],
  ['text', ['-07']],
  ['text', [' 1']],
  ['text', ['TRUE', 'false']],
  ['text', ['true', '1']],
  ['text', ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11']],
  ['text', ['2026-02-30']],
  ['text', ['31/01/2026']],
  ['text', ['2026-01-31', 'soon']],
  ['text', ['{"a":1}']],
])('CSV cells as %s: %j', (type, texts) => {
  expect(inferType(cells(...texts))).toBe(type)
})

test.each([
  ['int', [{ kind: 'number', text: '1' }]],
  [
    'numeric',
    [
      { kind: 'number', text: '1' },
      { kind: 'number', text: '1e400' },
    ],
  ],
  ['bool', [{ kind: 'bool', text: 'true' }]],
  ['text', [{ kind: 'string', text: '1' }]],
  ['text', [{ kind: 'string', text: 'true' }]],
  [
    'text',
    [
      { kind: 'string', text: 'a' },
      { kind: 'number', text: '1' },
    ],
  ],
  [
    'text',
    [
      { kind: 'bool', text: 'true' },
      { kind: 'number', text: '1' },
    ],
  ],
  ['timestamp', [{ kind: 'string', text: '2026-01-31T12:00:00.000Z' }]],
  [
    'jsonb',
    [
      { kind: 'nested', text: '' },
      { kind: 'string', text: 'a' },
    ],
  ],
] as [string, Sample[]][])('JSON values as %s: %j', (type, samples) => {
  expect(inferType(samples)).toBe(type)
})
