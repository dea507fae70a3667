#!/usr/bin/env node
// No import but this one may stand here: the others would fail on an older Node before it is told.
import { tooOldNode } from './node-version.ts'

const complaint = tooOldNode(process.versions.node)
if (complaint === undefined) {
  // A fault that no command caught; it ends the process here, as all else that goes on is in doubt.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`error: unexpected: ${error.message}\n`)
    process.exit(1)
  })
  const { main } = await import('./main.ts')
  const { processIo } = await import('./io.ts')
  process.exitCode = await main(process.argv.slice(2), processIo())
} else {
  process.stderr.write(`error: ${complaint}\n`)
  process.exitCode = 1
}
