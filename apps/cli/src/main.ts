import { EXIT } from './exit-codes.ts'
import { Interrupted } from './failures.ts'
import { type Io, processIo } from './io.ts'
import { Messages } from './output/messages.ts'
import { Writer } from './output/writer.ts'
import { printable } from './printable.ts'
import { parseArgv } from './program.ts'
import { stackOf } from './stack.ts'

/**
 * Runs one command line. Never throws and never exits the process.
 *
 * @returns the exit code of the command, or of the program that `clt try` ran
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  // Read first, so that it also applies to errors in the command line.
  const env = withoutColour(argv) ? { ...io.env, NO_COLOR: '1' } : io.env
  const out = new Writer(io.stdout, env)
  const parsed = parseArgv(argv, { width: out.width })
  if (parsed.kind === 'text' && parsed.exit === EXIT.ok) {
    await out.write(parsed.text).catch(() => undefined)
    return parsed.exit
  }
  if (parsed.kind === 'complete') {
    const { answerCompletion } = await import('./completion/answer.ts')
    const answer = await answerCompletion(parsed.program, parsed.words, io)
    await out.write(answer).catch(() => undefined)
    return EXIT.ok
  }
  const err = new Writer(io.stderr, env)
  if (parsed.kind === 'text') {
    await err.write(parsed.text).catch(() => undefined)
    return parsed.exit
  }
  const { json, quiet, verbose } = parsed.kind === 'run' ? parsed.invocation.options : NO_OPTIONS
  const messages = new Messages(err, quiet, verbose)
  messages.hide(io.env.CHATLAYER_TOKEN)
  const interrupts = listen(io)
  const { stop, abort } = interrupts
  try {
    if (parsed.kind === 'wrong') throw parsed.error
    // Loaded here, since help and the version do not need it.
    const { RunJournal } = await import('./run-journal.ts')
    const command = parsed.kind === 'run' ? parsed.invocation.name : ''
    const journal = new RunJournal(io, { command, messages })
    try {
      const context = { io, out, err, messages, journal, json, quiet, stop, abort }
      if (parsed.kind === 'run') {
        const { options } = parsed.invocation
        if (options.jq === undefined) return await parsed.command.run(options, context)
        const { withJq } = await import('./jq.ts')
        return await withJq(options.jq, context, (inner) => parsed.command.run(options, inner))
      }
      const { welcome } = await import('./welcome.ts')
      return await welcome(context)
    } finally {
      await journal.end()
    }
  } catch (error) {
    // After an interruption, any error is a consequence of it.
    const reason: unknown = stop.aborted ? stop.reason : error
    return (await messages.error(reason))?.exit ?? EXIT.ok
  } finally {
    interrupts.end()
  }
}

/** The printable text for an uncaught error, with its stack. */
export function formatUncaught(error: unknown): string {
  if (!(error instanceof Error)) return `error: unexpected: ${printable(String(error))}`
  return [`error: unexpected: ${printable(error.message)}`, ...stackOf(error).map(printable)].join(
    '\n',
  )
}

const NO_OPTIONS = { json: false, quiet: false, verbose: false }

function withoutColour(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--no-color')
}

/** The first Ctrl-C stops cleanly, the second immediately; the third ends the process. */
function listen(io: Io): { stop: AbortSignal; abort: AbortSignal; end(): void } {
  const stop = new AbortController()
  const abort = new AbortController()
  const listening = io.onInterrupt(() => {
    if (!stop.signal.aborted) return stop.abort(new Interrupted())
    abort.abort(new Interrupted())
    listening.stop()
  })
  return { stop: stop.signal, abort: abort.signal, end: () => listening.stop() }
}
