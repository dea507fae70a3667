import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkNodeVersion } from './node-version.ts'

it.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0'])('runs on %s', (version) => {
  expect(checkNodeVersion(version)).toBeUndefined()
})

it.each(['22.18.9', '20.19.5', '18.0.0'])('reports in one line that %s is too old', (version) => {
  const problem = checkNodeVersion(version)
  expect(problem).toContain(version)
  expect(problem).not.toContain('\n')
})

it('requires the version in package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const oldest = manifest.engines.node.replace('>=', '')
  expect(checkNodeVersion(`${oldest}.0`)).toBeUndefined()
  expect(checkNodeVersion('0.0.0')).toContain(oldest)
})
