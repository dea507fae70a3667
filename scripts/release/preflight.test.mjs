import { expect, it } from 'vitest'
import { findObstacles, isLoopback } from './preflight.mjs'
import { SAMPLE } from './rehearsal.mjs'

const READY = {
  project: SAMPLE,
  branch: 'main',
  changedFiles: '',
  isLoggedIn: true,
  registry: 'https://registry.example.com/',
  skipTests: false,
  isConfirmed: false,
  isTerminal: true,
}

it('finds nothing against a release that is ready', () => {
  expect(findObstacles(READY)).toEqual([])
  expect(findObstacles({ ...READY, isConfirmed: true, isTerminal: false })).toEqual([])
})

it.each([
  [{ project: { ...SAMPLE, author: '' } }, '"author" must be'],
  [{ branch: 'feature' }, 'The branch is feature.'],
  [{ branch: '' }, 'The branch is unknown.'],
  [{ changedFiles: ' M x.ts' }, 'uncommitted changes'],
  [{ isLoggedIn: false }, 'npm login'],
  [{ skipTests: true }, 'https://registry.example.com/'],
  [{ isTerminal: false }, '--yes'],
])('finds %j', (change, text) => {
  expect(findObstacles({ ...READY, ...change }).join('\n')).toContain(text)
})

it('allows to skip the tests for a registry on this machine only', () => {
  const registry = 'http://127.0.0.1:4873/'
  expect(findObstacles({ ...READY, skipTests: true, registry })).toEqual([])
  for (const url of ['http://127.0.0.1.example.com/', 'https://localhost.example.com/', '']) {
    expect(isLoopback(url), url).toBe(false)
  }
})
