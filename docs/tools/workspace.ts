/** Where things are in this workspace. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const DOCS = fileURLToPath(new URL('..', import.meta.url))
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const project: { readonly repository: string } = JSON.parse(
  readFileSync(`${ROOT}/project.json`, 'utf8'),
)

/** The web address of the repository, or undefined until `project.json` names one. */
export const REPOSITORY = project.repository === '' ? undefined : project.repository
