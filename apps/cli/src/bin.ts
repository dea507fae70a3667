#!/usr/bin/env node
// No import but this one may stand here: the others would fail on an older Node before it is told.
import { tooOldNode } from './node-version.ts'

const complaint = tooOldNode(process.versions.node)
if (complaint === undefined) {
  const { main } = await import('./main.ts')
  const { processIo } = await import('./io.ts')
  process.exitCode = await main(process.argv.slice(2), processIo())
} else {
  process.stderr.write(`error: ${complaint}\n`)
  process.exitCode = 1
}
