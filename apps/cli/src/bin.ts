#!/usr/bin/env node
// Import only modules that an older Node can load: others would fail before the version is reported.
import { keepCompiled } from './compiled.ts'
import { limitHeapGrowth } from './heap-growth.ts'
import { checkNodeVersion } from './node-version.ts'

const problem = checkNodeVersion(process.versions.node)
process.exitCode = problem === undefined ? await run(process.argv.slice(2)) : fail(problem)

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === '--version' && args.length === 1) {
    // Scripts ask for it often, and it needs no other module.
    const { readVersion } = await import('./release.ts')
    process.stdout.on('error', () => undefined).write(`${readVersion()}\n`)
    return 0
  }
  keepCompiled(process)
  limitHeapGrowth(process)
  const { main, formatUncaught } = await import('./main.ts')
  // An error that no command caught. The process ends here, since its state is unknown.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${formatUncaught(error)}\n`)
    process.exit(1)
  })
  return main(args)
}

function fail(message: string): number {
  process.stderr.write(`error: ${message}\n`)
  return 1
}
