#!/usr/bin/env node
// Only what an older Node can load may be imported here: the rest would fail before it is told.
import { keepCompiled } from './compiled.ts'
import { limitHeapGrowth } from './heap-growth.ts'
import { tooOldNode } from './node-version.ts'

const complaint = tooOldNode(process.versions.node)
if (complaint !== undefined) {
  process.stderr.write(`error: ${complaint}\n`)
  process.exitCode = 1
} else if (process.argv[2] === '--version' && process.argv.length === 3) {
  // Asked by scripts, often; it needs nothing of the rest.
  const { readVersion } = await import('./release.ts')
  process.stdout.on('error', () => undefined).write(`${readVersion()}\n`)
} else {
  keepCompiled(process)
  limitHeapGrowth(process)
  const { main, reportFault } = await import('./main.ts')
  // A fault that no command caught; it ends the process here, as all else that goes on is in doubt.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${reportFault(error)}\n`)
    process.exit(1)
  })
  process.exitCode = await main(process.argv.slice(2))
}
