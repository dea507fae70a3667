import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { VERSION } from './version.ts'

test('is the version of package.json', () => {
  expect(createRequire(import.meta.url)('../../package.json').version).toBe(VERSION)
})
