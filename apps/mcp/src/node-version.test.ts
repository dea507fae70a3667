import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hasBoundedSql, MIN_NODE, nodeVersionError } from './node-version.ts'

describe('nodeVersionError', () => {
  it.each(['22.19.0', '22.20.1', '24.0.0', '100.0.0'])('has none about %s', (version) => {
    expect(nodeVersionError(version)).toBeUndefined()
  })

  it.each(['18.20.8', '20.20.2', '22.18.9'])('is one line about %s', (version) => {
    expect(nodeVersionError(version)).toMatch(new RegExp(`^.*22\\.19.*${version}.*$`))
  })

  it('agrees with package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(manifest.engines.node).toBe(`>=${MIN_NODE.join('.')}`)
  })
})

it.each([
  ['22.19.0', false],
  ['24.14.9', false],
  ['24.15.0', true],
  ['25.0.0', true],
])('SQL under Node %s: %s', (version, is) => {
  expect(hasBoundedSql(version)).toBe(is)
})
