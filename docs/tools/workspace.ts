/** Where things are in this workspace. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const DOCS = fileURLToPath(new URL('..', import.meta.url))
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Manifest {
  readonly version: string
  readonly repository?: string | { readonly url: string }
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
}

/** The web address of the repository, or undefined until the root's package.json names one. */
export const REPOSITORY = webAddress(readManifest(ROOT).repository)

function webAddress(repository: Manifest['repository']): string | undefined {
  const url = typeof repository === 'string' ? repository : repository?.url
  return url?.replace(/^git\+/, '').replace(/\.git$/, '')
}
