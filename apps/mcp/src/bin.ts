#!/usr/bin/env node
// Nothing else is imported before the check, so that an older Node prints this error.
import { nodeVersionError } from './node-version.ts'

const versionError = nodeVersionError(process.versions.node)
process.exitCode =
  versionError === undefined ? await run(process.argv.slice(2)) : printError(versionError)

async function run(args: readonly string[]): Promise<number> {
  // Caches compiled code for the next start: this halves the time until tools are listed.
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  if (args[0] === 'token') {
    return (await import('./http/token-command.ts')).runTokenCommand(args.slice(1), process)
  }
  const { HttpOptionsError, splitHttpOptions } = await import('./http/http-options.ts')
  const { parseCommandLine } = await import('./options.ts')
  try {
    const { http, rest } = splitHttpOptions(args)
    const command = parseCommandLine(rest, process.env)
    switch (command.kind) {
      case 'help': {
        const [{ HELP }, { HTTP_HELP }] = [
          await import('./help.ts'),
          await import('./http/http-help.ts'),
        ]
        process.stdout.write(HELP + HTTP_HELP)
        return 0
      }
      case 'version':
        process.stdout.write(`${(await import('./version.ts')).packageVersion()}\n`)
        return 0
      case 'invalid':
        return usageError(command.message)
      case 'serve': {
        const { settings, logLevel } = command
        // stdout belongs to the protocol, so output of dependencies goes to stderr.
        globalThis.console = new (await import('node:console')).Console(process.stderr)
        if (http === undefined) await (await import('./main.ts')).serve(settings, logLevel)
        else {
          const { serveUntilSignal } = await import('./http/main.ts')
          const startError = await serveUntilSignal(settings, http, logLevel)
          if (startError !== undefined) return usageError(startError)
        }
        // Do not wait for anything that is still open.
        return process.exit(0)
      }
    }
  } catch (error) {
    if (error instanceof HttpOptionsError) return usageError(error.message)
    throw error
  }
}

function printError(message: string): number {
  process.stderr.write(`${message}\n`)
  return 1
}

function usageError(message: string): number {
  process.stderr.write(`chatlayer-tables-mcp: ${message} (see --help)\n`)
  return 2
}
