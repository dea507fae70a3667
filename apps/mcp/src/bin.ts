#!/usr/bin/env node
// Nothing else is imported before the check, so that an older Node gets to say its line.
import { nodeVersionError } from './node-version.ts'

const versionError = nodeVersionError(process.versions.node)
process.exitCode =
  versionError === undefined ? await run(process.argv.slice(2)) : complain(versionError)

async function run(args: readonly string[]): Promise<number> {
  // What is compiled now need not be at the next start: half of the time until tools are listed.
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
      case 'mistake':
        return mistake(command.message)
      case 'serve': {
        const { settings, logLevel } = command
        // stdout belongs to the protocol: whatever a dependency prints goes to stderr.
        globalThis.console = new (await import('node:console')).Console(process.stderr)
        if (http === undefined) await (await import('./main.ts')).serve(settings, logLevel)
        else {
          const { serveUntilSignal } = await import('./http/main.ts')
          const trouble = await serveUntilSignal(settings, http, logLevel)
          if (trouble !== undefined) return mistake(trouble)
        }
        // Whatever is still open by now is not worth waiting for.
        return process.exit(0)
      }
    }
  } catch (error) {
    if (error instanceof HttpOptionsError) return mistake(error.message)
    throw error
  }
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`)
  return 1
}

function mistake(message: string): number {
  process.stderr.write(`chatlayer-tables-mcp: ${message} (see --help)\n`)
  return 2
}
