/**
 * Sums the vitest reports of all packages. Prints the failed tests, those that were skipped, the reasons why
 * tests were not counted, and as its last line `N passed, N failed`.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { listPackages, ROOT } from './workspace.mjs'

/**
 * @typedef {{
 *   numPassedTests: number,
 *   numFailedTests: number,
 *   testResults: {
 *     name: string,
 *     status: string,
 *     assertionResults: {
 *       status: string,
 *       fullName: string,
 *       ancestorTitles: string[],
 *       failureMessages: string[],
 *     }[],
 *   }[],
 * }} Report the used part of vitest's JSON report
 */

const FOLDER = 'test-results'

/**
 * The folders with tests: packages with a test script, and the root for the tests of `scripts/`.
 *
 * @param {string} root
 */
function testedFolders(root) {
  const packages = listPackages(root).filter(({ manifest }) => manifest.scripts?.test !== undefined)
  return [...packages.map(({ folder }) => folder), '.']
}

/** Removes every report, so that no total can come from an earlier run. */
export function forgetReports(root = ROOT) {
  for (const folder of testedFolders(root)) {
    rmSync(join(root, folder, FOLDER), { recursive: true, force: true })
  }
}

/**
 * A test file that could not run and a package without a report count as one failure each, so that the
 * total does not hide them.
 *
 * @param {string} [root]
 * @param {{ partial?: boolean }} [options] `partial`: not every package was meant to run
 * @returns {{ passed: number, failed: number, notes: string[] }}
 */
export function readTotals(root = ROOT, { partial = false } = {}) {
  let passed = 0
  let failed = 0
  const notes = []
  for (const folder of testedFolders(root)) {
    const file = join(root, folder, FOLDER, 'vitest.json')
    if (!existsSync(file)) {
      if (partial) continue
      failed += 1
      notes.push(`${folder}: its tests did not run`)
      continue
    }
    /** @type {Report} */
    const report = JSON.parse(readFileSync(file, 'utf8'))
    passed += report.numPassedTests
    failed += report.numFailedTests
    for (const suite of report.testResults) {
      const failures = suite.assertionResults.filter(({ status }) => status === 'failed')
      const file = relative(root, suite.name)
      for (const { fullName, failureMessages } of failures) {
        notes.push(`FAILED ${file}: ${fullName}: ${firstLine(failureMessages)}`)
      }
      notes.push(...skippedNotes(file, suite.assertionResults))
      if (suite.status !== 'failed' || failures.length > 0) continue
      failed += 1
      notes.push(`${file}: could not run`)
    }
  }
  return { passed, failed, notes }
}

/**
 * How many tests were skipped, by their outermost group: it says why.
 *
 * @param {string} file
 * @param {Report['testResults'][number]['assertionResults']} results
 */
function skippedNotes(file, results) {
  /** @type {Map<string, number>} */
  const groups = new Map()
  for (const { status, fullName, ancestorTitles } of results) {
    if (status !== 'skipped' && status !== 'pending' && status !== 'todo') continue
    const group = ancestorTitles[0] ?? fullName
    groups.set(group, (groups.get(group) ?? 0) + 1)
  }
  return Array.from(groups, ([group, count]) => `${count} skipped: ${file}: ${group}`)
}

/** @param {readonly string[]} messages */
function firstLine([message = '']) {
  return message.split('\n', 1)[0]
}

/**
 * @param {{ partial?: boolean }} [options]
 * @returns {boolean} whether everything passed
 */
export function printTotals(options) {
  const { passed, failed, notes } = readTotals(ROOT, options)
  for (const note of notes) console.log(note)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printTotals()
