/**
 * Writes docs/openapi.json from the built contract. With `--check` it writes nothing and fails when
 * the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildOpenApi } from '../packages/contract/dist/index.js'
import { ROOT } from './workspace.mjs'

const file = join(ROOT, 'docs', 'openapi.json')
const text = `${JSON.stringify(buildOpenApi(), null, 2)}\n`

if (!process.argv.includes('--check')) {
  writeFileSync(file, text)
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/openapi.json is not what the contract says. Refresh it: npm run openapi')
  process.exitCode = 1
}
