import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../failures.ts'
import { changedLines, editConfig, hasEntry } from './edit-config.ts'

const PATH = ['mcpServers', 'ours'] as const
const ENTRY = { command: 'npx' }

const WITH_OTHERS = `{
    // kept by hand
    "theme": "dark",
    "mcpServers": {
        "other": { "command": "x", "env": { "SECRET": "s" } }, // do not touch
    },
}
`

describe('editConfig', () => {
  it.each(['', '\n', '{}', '{}\n'])('adds the first entry to %j', (text) => {
    expect(JSON.parse(editConfig(text, PATH, ENTRY))).toEqual({ mcpServers: { ours: ENTRY } })
  })

  it('keeps other entries, comments, indentation and order', () => {
    const text = editConfig(WITH_OTHERS, PATH, ENTRY)
    expect(text).toContain('    // kept by hand\n    "theme": "dark",')
    expect(text).toContain('{ "command": "x", "env": { "SECRET": "s" } }, // do not touch\n    },')
    expect(text).toContain('\n        "ours": {\n            "command": "npx"\n        }')
    expect(hasEntry(text, PATH)).toBe(true)
  })

  it('replaces an entry, and removes it without leaving other changes', () => {
    const plain = '{\n  "mcpServers": {\n    "other": { "a": 1 }\n  }\n}\n'
    const added = editConfig(plain, PATH, ENTRY)
    const changed = editConfig(added, PATH, { command: 'y' })
    expect(JSON.parse(changed).mcpServers).toEqual({ other: { a: 1 }, ours: { command: 'y' } })
    expect(editConfig(changed, PATH, undefined)).toBe(plain)
    expect(editConfig(plain, PATH, undefined)).toBe(plain)
    expect(editConfig('', PATH, undefined)).toBe('')
    expect(editConfig(editConfig(WITH_OTHERS, PATH, ENTRY), PATH, undefined)).toBe(WITH_OTHERS)
  })

  it.each([
    ['{"mcpServers":{"a":1,"ours":2}}', '{"mcpServers":{"a":1}}'],
    ['{"mcpServers":{"ours":2,"a":1}}', '{"mcpServers":{"a":1}}'],
    ['{"mcpServers":{ "ours": 2 }}', '{"mcpServers":{}}'],
    ['{"mcpServers":{"ours":2, /* b */ "a":1}}', '{"mcpServers":{/* b */ "a":1}}'],
    ['{"mcpServers":{"a":1, "ours":2,}}', '{"mcpServers":{"a":1,}}'],
  ])('removes it from %s', (text, left) => {
    expect(editConfig(text, PATH, undefined)).toBe(left)
  })

  it('does not change a text that has the entry', () => {
    const once = editConfig(WITH_OTHERS, PATH, ENTRY)
    expect(editConfig(once, PATH, ENTRY)).toBe(once)
  })

  it.each([
    ['tabs', '{\n\t"a": 1\n}\n', /\n\t"mcpServers": \{\n\t\t"ours"/],
    ['Windows line ends', '{\r\n  "a": 1\r\n}\r\n', /\r\n {2}"mcpServers": \{\r\n/],
    ['a byte order mark', '\ufeff{"a": 1}', /^\ufeff\{/],
  ])('keeps %s', (_what, text, pattern) => {
    expect(editConfig(text, PATH, ENTRY)).toMatch(pattern)
  })

  it.each(['[]', '"x"', '{"a":', 'nonsense', '{"mcpServers": []}', '{"mcpServers": null}'])(
    'rejects %s',
    (text) => {
      expect(() => editConfig(text, PATH, ENTRY)).toThrow(UsageError)
    },
  )
})

describe('changedLines', () => {
  it('shows only the changed lines', () => {
    const lines = changedLines(WITH_OTHERS, editConfig(WITH_OTHERS, PATH, ENTRY)).join('\n')
    expect(lines).toContain('+         "ours": {')
    expect(changedLines('a\nb\nc', 'a\nx\nc')).toEqual(['- b', '+ x'])
    expect(changedLines('', 'a\n')).toEqual(['+ a'])
    expect(changedLines('a', 'a')).toEqual([])
  })
})
