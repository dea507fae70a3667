/** READMEs that the site shows as pages: the file relative to the root, and its page relative to `docs`. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './workspace.ts'

export const README_PAGES: ReadonlyMap<string, string> = new Map([
  ...['packages', 'apps'].flatMap(inGroup),
  ['examples/README.md', 'packages/examples.md'],
])

function inGroup(group: string): [string, string][] {
  return readdirSync(join(ROOT, group))
    .filter((name) => existsSync(join(ROOT, group, name, 'README.md')))
    .map((name) => [`${group}/${name}/README.md`, `packages/${name}.md`])
}
