import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { tooOldNode } from './node-version.ts'

it.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0'])('runs on %s', (version) => {
  expect(tooOldNode(version)).toBeUndefined()
})

it.each(['22.18.9', '20.19.5', '18.0.0'])('says in one line why not on %s', (version) => {
  const complaint = tooOldNode(version)
  expect(complaint).toContain(version)
  expect(complaint).not.toContain('\n')
})

it('says the same as package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const oldest = manifest.engines.node.replace('>=', '')
  expect(tooOldNode(`${oldest}.0`)).toBeUndefined()
  expect(tooOldNode('0.0.0')).toContain(oldest)
})
