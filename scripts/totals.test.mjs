import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { forgetReports, readTotals } from './totals.mjs'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'totals-'))
  for (const name of ['one', 'two']) {
    mkdirSync(join(root, 'packages', name), { recursive: true })
    writeFileSync(
      join(root, 'packages', name, 'package.json'),
      JSON.stringify({ name, scripts: { test: 'vitest run' } }),
    )
  }
})

afterEach(() => rmSync(root, { recursive: true }))

/**
 * @param {string} folder
 * @param {number} passed
 * @param {number} failed
 * @param {string} [status] of the one test file
 */
function report(folder, passed, failed, status = failed > 0 ? 'failed' : 'passed') {
  mkdirSync(join(root, folder, 'test-results'), { recursive: true })
  const assertionResults = [
    ...Array.from({ length: passed }, () => ({ status: 'passed' })),
    ...Array.from({ length: failed }, (_, index) => ({
      status: 'failed',
      fullName: `test ${index + 1}`,
      failureMessages: ['expected 1 to be 2\n  at somewhere'],
    })),
  ]
  writeFileSync(
    join(root, folder, 'test-results', 'vitest.json'),
    JSON.stringify({
      numPassedTests: passed,
      numFailedTests: failed,
      testResults: [{ name: join(root, folder, 'a.test.ts'), status, assertionResults }],
    }),
  )
}

it('sums the reports of the packages and of the root, and names failures', () => {
  report('packages/one', 3, 0)
  report('packages/two', 4, 2)
  report('.', 5, 0)
  expect(readTotals(root)).toEqual({
    passed: 12,
    failed: 2,
    notes: [
      'FAILED packages/two/a.test.ts: test 1: expected 1 to be 2',
      'FAILED packages/two/a.test.ts: test 2: expected 1 to be 2',
    ],
  })
})

it('counts a package without a report as a failure', () => {
  report('packages/one', 3, 0)
  report('.', 5, 0)
  expect(readTotals(root)).toEqual({
    passed: 8,
    failed: 1,
    notes: ['packages/two: its tests did not run'],
  })
})

it('does not require every report of a partial run', () => {
  report('packages/one', 3, 0)
  expect(readTotals(root, { partial: true })).toEqual({ passed: 3, failed: 0, notes: [] })
})

it('counts a test file that could not be loaded as a failure', () => {
  report('packages/one', 3, 0)
  report('packages/two', 0, 0, 'failed')
  report('.', 5, 0)
  expect(readTotals(root)).toEqual({
    passed: 8,
    failed: 1,
    notes: ['packages/two/a.test.ts: could not run'],
  })
})

it('deletes the reports of an earlier run', () => {
  for (const folder of ['packages/one', 'packages/two', '.']) report(folder, 1, 0)
  forgetReports(root)
  expect(readTotals(root)).toMatchObject({ passed: 0, failed: 3 })
})

it('counts skipped tests by their group, which says why', () => {
  report('packages/one', 3, 0)
  report('packages/two', 4, 0)
  mkdirSync(join(root, 'test-results'))
  const group = ['MySQL (needs CLT_TEST_MYSQL_URL)', 'types']
  const skipped = { status: 'skipped', fullName: 'types a', failureMessages: [] }
  writeFileSync(
    join(root, 'test-results', 'vitest.json'),
    JSON.stringify({
      numPassedTests: 0,
      numFailedTests: 0,
      testResults: [
        {
          name: join(root, 'mysql.test.ts'),
          status: 'passed',
          assertionResults: [
            { ...skipped, ancestorTitles: group },
            { ...skipped, ancestorTitles: group.slice(0, 1) },
            { ...skipped, ancestorTitles: [] },
          ],
        },
      ],
    }),
  )
  expect(readTotals(root)).toEqual({
    passed: 7,
    failed: 0,
    notes: [
      '2 skipped: mysql.test.ts: MySQL (needs CLT_TEST_MYSQL_URL)',
      '1 skipped: mysql.test.ts: types a',
    ],
  })
})
