import type { Context } from './context.ts'
import type { CommandDefinition, DefinedCommand, ParsedValues } from './define-command.ts'
import { EXIT } from './exit-codes.ts'
import { Interrupted, OutputClosed } from './failures.ts'
import { type Io, processIo } from './io.ts'
import { commonOptions } from './options/common.ts'
import { Messages } from './output/messages.ts'
import { Paging } from './output/paging.ts'
import { Writer } from './output/writer.ts'
import { printable } from './printable.ts'
import { type Parsed, parseArgv } from './program.ts'
import type { RunStateFacts } from './run-state.ts'
import { stackOf } from './stack.ts'

/**
 * Runs one command line. Never throws and never exits the process.
 *
 * @returns the exit code of the command, or of the program that `clt try` ran
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  // Read first, so that it also applies to errors in the command line.
  const env = withoutColour(argv) ? { ...io.env, NO_COLOR: '1' } : io.env
  const plain = new Writer(io.stdout, env)
  const parsed = parseArgv(argv, { width: plain.width })
  if (parsed.kind === 'text' && parsed.exit === EXIT.ok) {
    await plain.write(parsed.text).catch(() => undefined)
    return parsed.exit
  }
  if (parsed.kind === 'complete') {
    const { answerCompletion } = await import('./completion/answer.ts')
    const answer = await answerCompletion(parsed.program, parsed.words, io)
    await plain.write(answer).catch(() => undefined)
    return EXIT.ok
  }
  const options = parsed.kind === 'run' ? parsed.invocation.options : NO_OPTIONS
  const err = new Writer(io.stderr, env, options)
  if (parsed.kind === 'text') {
    await err.write(parsed.text).catch(() => undefined)
    return parsed.exit
  }
  const { json, quiet, verbose } = options
  const out = new Writer(io.stdout, env, options)
  const messages = new Messages(err, quiet, verbose)
  messages.hide(io.env.CHATLAYER_TOKEN)
  if (parsed.kind === 'run') messages.hasOption = optionsOf(parsed.command.definition)
  const interrupts = listen(io)
  const { stop, abort } = interrupts
  const isWanted = options.pager && !isForPrograms(options)
  const paging = new Paging({
    ...{ stdout: io.stdout, env, out, messages, isWanted },
    onClosed: interrupts.close,
  })
  try {
    if (parsed.kind === 'wrong') throw parsed.error
    // Loaded here, since help and the version do not need it.
    const { RunJournal } = await import('./run-journal.ts')
    const { RunState } = await import('./run-state.ts')
    const state = new RunState(io, await stateFacts(parsed, messages, stop))
    const command = parsed.kind === 'run' ? parsed.invocation.name : ''
    const journal = new RunJournal(io, { command, messages, state })
    try {
      const page = () => paging.begin()
      const endPage = () => paging.end()
      const context = {
        ...{ io, out, err, messages, journal, state, json, quiet, page, endPage, stop, abort },
      }
      if (parsed.kind === 'run') {
        const exit = await runCommand(parsed.command, parsed.invocation.options, context)
        if (exit !== EXIT.ok) await messages.sayKept()
        return exit
      }
      const { welcome } = await import('./welcome.ts')
      return await welcome(context)
    } finally {
      await paging.end()
      await journal.end().finally(() => state.close())
    }
  } catch (error) {
    // After an interruption, any error is a consequence of it.
    const reason: unknown = stop.aborted ? stop.reason : error
    return (await messages.error(reason))?.exit ?? EXIT.ok
  } finally {
    interrupts.end()
  }
}

/** What chooses the state of a run: the connection flags, and the table of the command line. */
async function stateFacts(
  parsed: Parsed,
  messages: Messages,
  signal: AbortSignal,
): Promise<RunStateFacts> {
  const hide = (secret: string | undefined) => messages.hide(secret)
  const onWait = (place: string) =>
    void messages.say(`waiting for ${place}; nothing is sent meanwhile`)
  const common = { hide, wait: { onWait, signal } }
  if (parsed.kind !== 'run') return { flags: {}, reference: undefined, ...common }
  const { stateReference } = await import('./state-reference.ts')
  const { options } = parsed.invocation
  const reference = stateReference(parsed.command.definition, options)
  return { flags: options, reference, ...common }
}

/** Whether a command has an option, with its hyphens. One that parses itself may have any. */
function optionsOf({ options = [], parsesItself }: CommandDefinition): (flag: string) => boolean {
  const words = [...commonOptions, ...options].flatMap(({ flags }) => flags.split(/[ ,]+/))
  const known = new Set([...words, '--help', '--version'])
  return (flag) => parsesItself === true || known.has(flag)
}

async function runCommand(
  command: DefinedCommand,
  values: ParsedValues,
  context: Context,
): Promise<number> {
  if (values.jq === undefined) return await command.run(values, context)
  const { withJq } = await import('./jq.ts')
  return await withJq(values.jq, context, (inner) => command.run(values, inner))
}

/** The printable text for an uncaught error, with its stack. */
export function formatUncaught(error: unknown): string {
  if (!(error instanceof Error)) return `error: unexpected: ${printable(String(error))}`
  return [`error: unexpected: ${printable(error.message)}`, ...stackOf(error).map(printable)].join(
    '\n',
  )
}

const NO_OPTIONS = {
  ...{ json: false, quiet: false, verbose: false },
  ...{ wide: false, vertical: false, pager: false },
}

/** Whether the output is for a program, even on a terminal. */
function isForPrograms(options: object): boolean {
  return ['json', 'ndjson', 'csv'].some((name) => name in options && Object(options)[name] === true)
}

function withoutColour(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--no-color')
}

interface Interrupts {
  readonly stop: AbortSignal
  readonly abort: AbortSignal
  /** Ends the command since nobody reads its output anymore. */
  readonly close: () => void
  end(): void
}

/** The first Ctrl-C stops cleanly, the second immediately; the third ends the process. */
function listen(io: Io): Interrupts {
  const stop = new AbortController()
  const abort = new AbortController()
  const listening = io.onInterrupt(() => {
    if (!stop.signal.aborted) return stop.abort(new Interrupted())
    abort.abort(new Interrupted())
    listening.stop()
  })
  return {
    stop: stop.signal,
    abort: abort.signal,
    close: () => stop.abort(new OutputClosed()),
    end: () => listening.stop(),
  }
}
