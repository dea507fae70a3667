import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectionFromEnvironment } from './connection.ts'
import { isPlaceholder, rejectPlaceholder } from './placeholder.ts'

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/)
const FORMS = [
  (n: string) => `\${env:${n}}`,
  (n: string) => `\${${n}}`,
  (n: string) => `\${input:${n}}`,
  (n: string) => `{{${n}}}`,
  (n: string) => `{{ ${n} }}`,
  (n: string) => `$${n}`,
  (n: string) => `%${n}%`,
  (n: string) => `<${n}>`,
  (n: string) => `<your ${n}>`,
]
const placeholder = fc.tuple(fc.constantFrom(...FORMS), name).map(([form, n]) => form(n))

test('every form is recognised, alone and as both halves of a token', () => {
  fc.assert(
    fc.property(placeholder, placeholder, (one, other) => {
      expect(isPlaceholder(one)).toBe(true)
      expect(isPlaceholder(` ${one}\n`)).toBe(true)
      expect(isPlaceholder(`${one}:${other}`)).toBe(true)
    }),
  )
})

test('what settings really hold is not', () => {
  const token = fc.tuple(
    fc.stringMatching(/^[0-9a-f]{24}$/),
    fc.stringMatching(/^[A-Za-z0-9]{32}$/),
  )
  fc.assert(fc.property(token, ([user, password]) => !isPlaceholder(`${user}:${password}`)))
  fc.assert(fc.property(fc.uuid(), (id) => !isPlaceholder(id)))
  fc.assert(fc.property(fc.webUrl({ size: 'small' }), (url) => !isPlaceholder(url)))
  fc.assert(fc.property(name, (table) => fc.pre(!/^your/i.test(table)) ?? !isPlaceholder(table)))
  for (const text of [
    '',
    'eu',
    'stores',
    'price_$',
    'a%20b%20c',
    'https://x.example/a%C3%A9%20b',
    '/home/me/a b/$x/files',
    'user:pa$word%',
    'your_orders',
    'leads.phone',
    '*.phone',
  ]) {
    expect({ text, is: isPlaceholder(text) }).toEqual({ text, is: false })
  }
})

test.each(['YOUR_TOKEN', 'your-bot-id-here', 'your_chatlayer_token', 'Your Team ID'])(
  '%s is one',
  (text) => expect(isPlaceholder(text)).toBe(true),
)

test('the error names the variable, and not its value', () => {
  fc.assert(
    fc.property(placeholder, (value) => {
      for (const [variable, act] of [
        ['CHATLAYER_TOKEN', () => connectionFromEnvironment({ CHATLAYER_TOKEN: value })],
        ['CHATLAYER_REGION', () => connectionFromEnvironment({ CHATLAYER_REGION: value })],
        ['--files', () => rejectPlaceholder('--files', value)],
      ] as const) {
        expect(act).toThrow(`${variable} is a placeholder that was not replaced`)
      }
    }),
  )
  expect(() => connectionFromEnvironment({ CHATLAYER_TOKEN: `me:$${'{hunter2}'}` })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  )
})
