#!/usr/bin/env node
// Nothing else is imported before the check, so that an older Node gets to say its line.
import { nodeComplaint } from './node-version.ts'

const complaint = nodeComplaint(process.versions.node)
if (complaint === undefined) process.exitCode = await run()
else {
  process.stderr.write(`${complaint}\n`)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { parseCommandLine } = await import('./options.ts')
  const command = parseCommandLine(process.argv.slice(2))
  switch (command.kind) {
    case 'help':
      process.stdout.write((await import('./help.ts')).HELP)
      return 0
    case 'version':
      process.stdout.write(`${(await import('./version.ts')).packageVersion()}\n`)
      return 0
    case 'mistake':
      process.stderr.write(`chatlayer-tables-mcp: ${command.message} (see --help)\n`)
      return 2
    case 'serve': {
      // stdout belongs to the protocol: whatever a dependency prints goes to stderr.
      globalThis.console = new (await import('node:console')).Console(process.stderr)
      await (await import('./main.ts')).serve(command.settings, command.logLevel)
      // Whatever is still open by now is not worth waiting for.
      return process.exit(0)
    }
  }
}
