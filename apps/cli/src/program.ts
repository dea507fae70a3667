/** Parses a command line into help, a usage error or a command to run. Runs nothing. */
import { type Command, CommanderError } from 'commander'
import { argumentName, commandTree } from './command-tree.ts'
import { COMMANDS } from './commands/index.ts'
import type { DefinedCommand, ParsedValues } from './define-command.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { UsageError } from './failures.ts'
import { helpTopic, TOPIC_NAMES } from './help-topics.ts'
import { withJsonFields } from './options/rows.ts'

/** A command to run, with the values of its arguments and options. */
export interface Invocation {
  readonly name: string
  readonly options: ParsedValues
}

export type Parsed =
  | {
      readonly kind: 'run'
      readonly command: DefinedCommand
      readonly invocation: Invocation
    }
  /** Help or the version. */
  | { readonly kind: 'text'; readonly text: string; readonly exit: ExitCode }
  | { readonly kind: 'wrong'; readonly error: UsageError }
  /** A shell requests completions of the last word. */
  | { readonly kind: 'complete'; readonly words: readonly string[]; readonly program: Command }
  /** No arguments. */
  | { readonly kind: 'bare' }

/** @param argv without the name of the program @param width of the terminal, for help */
export function parseArgv(argv: readonly string[], { width }: { width: number }): Parsed {
  const [first, second = ''] = argv
  if (first === undefined) return { kind: 'bare' }
  if (first === '__complete') {
    return { kind: 'complete', words: argv.slice(1), program: commandTree() }
  }
  const whole = COMMANDS.find(({ definition }) => definition.name === first)
  if (whole !== undefined && isParsedByItself(whole)) return runWhole(whole, argv.slice(1))
  const isHelpOf = first === 'help' && argv.length === 2
  const topic = isHelpOf ? helpTopic(second) : undefined
  if (topic !== undefined) return { kind: 'text', text: topic, exit: EXIT.ok }
  const mistake = isHelpOf ? checkTopic(second) : undefined
  if (mistake !== undefined) return { kind: 'wrong', error: mistake }
  const withFields = withJsonFields(argv, namesWith('--json-fields'))
  const parsed = withFields === undefined ? undefined : parseWords(withSelect(withFields), width)
  return parsed?.kind === 'run' ? parsed : parseWords(withVersions(withSelect(argv)), width)
}

function parseWords(words: readonly string[], width: number): Parsed {
  let found: Parsed | undefined
  let text = ''
  const program = commandTree((command, options) => {
    found = { kind: 'run', command, invocation: { name: command.definition.name, options } }
  })
  const collect = (part: string): void => {
    text += part
  }
  configure(program, collect, width)
  try {
    program.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'text', text, exit: EXIT.ok }
    // For `clt records`, commander has written the help of that group.
    if (error.code === 'commander.help') return { kind: 'text', text, exit: EXIT.usage }
    return { kind: 'wrong', error: usageError(error.message) }
  }
  if (found === undefined) throw new Error('a command line was parsed without a result')
  return found
}

function isParsedByItself({ definition }: DefinedCommand): boolean {
  return definition.parsesItself === true
}

/** For a command that parses its own arguments and options. */
function runWhole(command: DefinedCommand, words: readonly string[]): Parsed {
  const { name, arguments: [argument] = [] } = command.definition
  const common = {
    ...{ json: false, quiet: false, verbose: false, color: true, live: false },
    ...{ wide: false, vertical: false, pager: true },
  }
  const options = { ...common, [argumentName(argument)]: words }
  return { kind: 'run', command, invocation: { name, options } }
}

/** The names of the commands that have this option. */
function namesWith(flag: string): string[] {
  return COMMANDS.map(({ definition }: DefinedCommand) => definition)
    .filter(({ options = [] }) => options.some(({ flags }) => flags.split(' ').includes(flag)))
    .map(({ name }) => name)
}

/** An error for an unknown `clt help <word>`, where commander would show the help of the program. */
function checkTopic(word: string): UsageError | undefined {
  const program = commandTree()
  const names = program.createHelp().visibleCommands(program)
  if (word.startsWith('-') || names.some((command) => command.name() === word)) return undefined
  for (const topic of ['topics', ...TOPIC_NAMES]) program.command(topic)
  try {
    configure(program, () => undefined, 80)
    program.parse([word], { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return usageError(error.message.replace('unknown command', 'no command and no topic'))
  }
}

/**
 * Reads `clt backup --version live` as `--versions`. Printing the version of the program would look like
 * a successful backup.
 */
function withVersions(argv: readonly string[]): readonly string[] {
  if (!namesWith('--versions').includes(argv[0] ?? '')) return argv
  return argv.map((word, index) =>
    /^--version(?==)/.test(word) || (word === '--version' && argv[index + 1] !== undefined)
      ? word.replace('--version', '--versions')
      : word,
  )
}

/**
 * Reads `--columns` as `--select` in commands that have only the latter: commands that compare or copy
 * say `--columns`.
 */
function withSelect(argv: readonly string[]): readonly string[] {
  const words = argv.filter((word) => !word.startsWith('-')).join(' ')
  const others = new Set(namesWith('--columns'))
  const names = namesWith('--select').filter((name) => !others.has(name))
  if (!names.some((name) => words.includes(name))) return argv
  const end = argv.indexOf('--')
  return argv.map((word, index) =>
    end >= 0 && index > end ? word : word.replace(/^--columns(?==|$)/, '--select'),
  )
}

function configure(command: Command, write: (text: string) => void, width: number): void {
  command.exitOverride().configureOutput({
    writeOut: write,
    writeErr: write,
    outputError: () => undefined,
    getOutHelpWidth: () => Math.min(width, 100),
    getErrHelpWidth: () => Math.min(width, 100),
  })
  command.configureHelp({
    showGlobalOptions: true,
    optionDescription: ({ description }) => description,
  })
  for (const child of command.commands) configure(child, write, width)
}

/** The message of commander, without values that may be a secret. */
function usageError(message: string): UsageError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const shown = first.replace(/(--[\w-]+)=[^']*/, '$1').replace(/(but got \d+): .*/s, '$1')
  if (/'--?(token|password|secret)\b/.test(shown)) {
    return new UsageError(
      shown,
      'Other users can read command lines. Set CHATLAYER_TOKEN, or pass --token-file.',
    )
  }
  const near = suggestion === undefined ? '' : `${suggestion.replace(/^\((.*)\)$/, '$1')} `
  return new UsageError(shown, `${near}See --help.`)
}
