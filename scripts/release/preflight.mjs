/** What must be true before anything is published: the rules, without I/O. */
import { findMissing } from './metadata.mjs'

/**
 * @typedef {{
 *   project: import('./metadata.mjs').Project,
 *   branch: string,
 *   changedFiles: string,
 *   isLoggedIn: boolean,
 *   registry: string,
 *   skipTests: boolean,
 *   isConfirmed: boolean,
 *   isTerminal: boolean,
 * }} Situation
 *   `changedFiles`: the output of `git status --porcelain`; `isConfirmed`: whether `--yes` was passed
 */

/**
 * The reasons against publishing, each with what to do.
 *
 * @param {Situation} situation
 * @returns {string[]}
 */
export function findObstacles(situation) {
  const { project, branch, changedFiles, isLoggedIn, registry } = situation
  const obstacles = findMissing(project)
  if (obstacles.length > 0) obstacles.push('After filling it in: npm run docs, and commit.')
  if (branch !== 'main') obstacles.push(`The branch is ${branch || 'unknown'}. Publish from main.`)
  if (changedFiles !== '') {
    obstacles.push(`There are uncommitted changes. Commit or revert them:\n${changedFiles}`)
  }
  if (!isLoggedIn) {
    obstacles.push(
      `${registry} does not accept a token of yours. Run: npm login. In CI, make the workflow a ` +
        'trusted publisher and give it the permission "id-token: write".',
    )
  }
  if (situation.skipTests && !isLoopback(registry)) {
    obstacles.push(`--skip-tests is for registries on this machine, not for ${registry}`)
  }
  if (!situation.isConfirmed && !situation.isTerminal) {
    obstacles.push('Without a terminal, pass --yes to confirm.')
  }
  return obstacles
}

/** @param {string} url */
export function isLoopback(url) {
  return URL.canParse(url) && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname)
}
