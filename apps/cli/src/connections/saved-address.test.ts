import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addressOf, originOf, readSavedReference } from './saved-address.ts'

function resolved(text: string, address: string): string {
  const reference = readSavedReference(text)
  if (reference === undefined) throw new Error(`${text} is no reference`)
  return addressOf(reference, { address, secret: 'none' })
}

it.each([
  ['connection:w#public.stores', 'postgres://u@h/db?a=b', 'postgres://u@h/db?a=b#public.stores'],
  ['connection:w', 'postgres://u@h/db#stores', 'postgres://u@h/db#stores'],
  ['postgres://w#t', 'postgresql://u@h/db#stores', 'postgresql://u@h/db#t'],
  ['mariadb://W#t', 'mysql://u@h/db', 'mysql://u@h/db#t'],
  [
    'connection:shop/products?page=2',
    'https://api.example/v1/?a=b',
    'https://api.example/v1/products?a=b&page=2',
  ],
  ['connection:shop', 'https://api.example/v1', 'https://api.example/v1'],
])('%s is what was saved: %s', (text, address, expected) => {
  expect(resolved(text, address)).toBe(expected)
})

it.each([
  'postgres://host.example#t',
  'postgres://localhost#t',
  'postgres://host:5432#t',
  'postgres://user@host#t',
  'postgres://host/db#t',
  'postgres://host?sslmode=disable#t',
  'https://shop/products',
  'connection:',
  'connections:a',
  'prod:stores',
])('%s is not a reference', (text) => {
  expect(readSavedReference(text)).toBeUndefined()
})

it.each([
  ['connection:w/path', 'postgres://u@h/db'],
  ['mysql://w#t', 'postgres://u@h/db'],
])('%s does not fit %s', (text, address) => {
  expect(() => resolved(text, address)).toThrow()
})

it('whatever follows the name, the server stays the one that was saved', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.string(), (path, rest) => {
      const text = `connection:shop/${path}${rest}`
      if (readSavedReference(text) === undefined) return
      const base = 'https://api.example/v1'
      expect(new URL(resolved(text, base)).origin).toBe('https://api.example')
      expect(originOf(resolved(text, base))).toBe(originOf(base))
    }),
  )
})

it('another host, port or parameter for them is another server', () => {
  const origins = [
    'postgres://h/db',
    'postgres://h:1/db',
    'postgres://h2/db',
    'postgres:///db?host=h',
    'postgres:///db?port=1',
    'mysql://h/db',
  ].map(originOf)
  expect(new Set(origins).size).toBe(origins.length)
  expect(originOf('postgres://a@H/x?y=z#t')).toBe(originOf('postgres://b@h/other'))
})
