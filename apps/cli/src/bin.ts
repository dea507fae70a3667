#!/usr/bin/env node
// Only what an older Node can load may be imported here: the rest would fail before it is told.
import { keepCompiled } from './compiled.ts'
import { limitHeapGrowth } from './heap-growth.ts'
import { tooOldNode } from './node-version.ts'

const complaint = tooOldNode(process.versions.node)
process.exitCode = complaint === undefined ? await run(process.argv.slice(2)) : complain(complaint)

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === '--version' && args.length === 1) {
    // Scripts ask for it often; it needs nothing of the rest.
    const { readVersion } = await import('./release.ts')
    process.stdout.on('error', () => undefined).write(`${readVersion()}\n`)
    return 0
  }
  keepCompiled(process)
  limitHeapGrowth(process)
  const { main, reportFault } = await import('./main.ts')
  // An error that no command caught; the process ends here, as all that is still open is in doubt.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${reportFault(error)}\n`)
    process.exit(1)
  })
  return main(args)
}

function complain(message: string): number {
  process.stderr.write(`error: ${message}\n`)
  return 1
}
