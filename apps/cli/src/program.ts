/** The command line: what there is, and what one that was typed asks for. Does nothing itself. */
import { Command, CommanderError, Option } from 'commander'
import { addChangeFilter, addChangePage, addJournal, addPrune, addUndo } from './change-options.ts'
import { addProfileOptions } from './commands/profile/options.ts'
import { addWatchOptions } from './commands/records/watch/options.ts'
import { addSqlOptions } from './commands/sql/options.ts'
import { addTypesOptions } from './commands/types/options.ts'
import { addDiffOptions, addSyncOptions } from './comparison-options.ts'
import { SHELLS } from './completion/shells.ts'
import { EXAMPLES } from './examples.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { UsageError } from './failures.ts'
import { CONDITIONS, EXIT_CODE_LINES, helpTopic, TOPIC_NAMES } from './help-topics.ts'
import type { CommandName, Invocation } from './invocation.ts'
import {
  addAcceptStored,
  addAssignments,
  addBackupOptions,
  addCommonOptions,
  addConditions,
  addDoctor,
  addExportOptions,
  addImportOptions,
  addLogin,
  addMcpInstallOptions,
  addNoWait,
  addReading,
  addRestoreOptions,
  addSafety,
  addTarget,
  dryRun,
  parseCount,
  repeatable,
} from './options.ts'
import { readVersion } from './release.ts'
import { addExplain, addRowFormats, withJsonFields } from './row-format.ts'

export type Parsed =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  /** Help or the version. */
  | { readonly kind: 'text'; readonly text: string; readonly exit: ExitCode }
  | { readonly kind: 'wrong'; readonly error: UsageError }
  /** A shell asks what the last of the words may become. */
  | { readonly kind: 'complete'; readonly words: readonly string[]; readonly program: Command }
  /** Nothing was typed behind the program's name. */
  | { readonly kind: 'bare' }

/** Reads a command line, without the program's own name. @param width of the terminal, for help */
export function parseArgv(argv: readonly string[], { width }: { width: number }): Parsed {
  if (argv.length === 0) return { kind: 'bare' }
  if (argv[0] === 'emulator') {
    const options = { json: false, quiet: false, verbose: false, color: true, args: argv.slice(1) }
    return { kind: 'run', invocation: { name: 'emulator', options } }
  }
  if (argv[0] === '__complete') {
    return { kind: 'complete', words: argv.slice(1), program: commandTree() }
  }
  const topic = argv[0] === 'help' && argv.length === 2 ? helpTopic(argv[1] ?? '') : undefined
  if (topic !== undefined) return { kind: 'text', text: topic, exit: EXIT.ok }
  const withFields = withJsonFields(argv)
  if (withFields !== undefined) {
    const parsed = parseArgv(withFields, { width })
    if (parsed.kind === 'run') return parsed
  }
  if (argv[0] === 'help' && argv.length === 2) {
    const mistake = mistakenTopic(argv[1] ?? '')
    if (mistake !== undefined) return { kind: 'wrong', error: mistake }
  }
  const typed = withVersions(argv)
  let invocation: Invocation | undefined
  let text = ''
  const collect = (part: string): void => {
    text += part
  }
  const program = buildProgram((found) => {
    invocation = found
  })
  configure(program, collect, width)
  try {
    program.parse(typed, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'text', text, exit: EXIT.ok }
    // `clt records` alone: commander has written the help of that group.
    if (error.code === 'commander.help') return { kind: 'text', text, exit: EXIT.usage }
    return { kind: 'wrong', error: usageError(error.message) }
  }
  if (invocation === undefined) throw new Error('a command line was read and nothing was found')
  return { kind: 'run', invocation }
}

/** For `clt help <word>`, of which commander would show the help of the whole program. */
function mistakenTopic(word: string): UsageError | undefined {
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
 * `clt backup --version live` means `--versions`. To print the program's version in place of a backup
 * would look as if one had been made.
 */
function withVersions(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'backup' && argv[0] !== 'restore') return argv
  return argv.map((word, index) =>
    /^--version(?==)/.test(word) || (word === '--version' && argv[index + 1] !== undefined)
      ? word.replace('--version', '--versions')
      : word,
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

/** Commander's own words, without a value that may be a secret. */
function usageError(message: string): UsageError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const shown = first.replace(/(--[\w-]+)=[^']*/, '$1').replace(/(but got \d+): .*/s, '$1')
  if (/'--?(token|password|secret)\b/.test(shown)) {
    return new UsageError(
      shown,
      'A token is never given on the command line, where others can read it: set CHATLAYER_TOKEN, or give --token-file.',
    )
  }
  const near = suggestion === undefined ? '' : `${suggestion.replace(/^\((.*)\)$/, '$1')} `
  return new UsageError(shown, `${near}See --help.`)
}

/** All commands with their options and arguments, to be looked at. */
export function commandTree(): Command {
  return buildProgram(() => undefined)
}

function buildProgram(found: (invocation: Invocation) => void): Command {
  const program = new Command('clt')
    .description(
      'The tables of Chatlayer bots on the command line: list and change records, import and export files.',
    )
    .usage('<command> [options]')
    .version(readVersion(), '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', footer)
  addCommonOptions(program)

  const auth = program.command('auth').description('sign in; the connections that are saved')
  addLogin(addCommand(auth, 'auth login', 'save a connection, after trying it', found))
  addCommand(auth, 'auth status', 'tell the connection, and where each value is from', found)
  addCommand(auth, 'auth list', 'list the saved connections', found)
  addCommand(auth, 'auth switch', 'make a saved connection the current one', found, ['[name]'])
  addCommand(auth, 'auth logout', 'forget a saved connection and its token', found, [
    '[name]',
  ]).option('--all', 'all of them', false)

  const tables = program.command('tables').description('the tables of a bot')
  addRowFormats(addCommand(tables, 'tables list', 'list the tables of the bot', found))
  addCommand(tables, 'tables get', 'show the columns of a table', found, [TABLE])

  const records = program.command('records').description('the records of a table')
  addRowFormats(
    addExplain(addConditions(addCommand(records, 'records list', 'list records', found, [TABLE]))),
  )
    .addOption(repeatable('--select <columns>', 'only these columns, with commas between'))
    .addOption(repeatable('--sort <column[:desc]>', 'sort by a column; the first counts most'))
    .addOption(new Option('--limit <n>', 'at most this many').argParser(parseCount))
  addExplain(addConditions(addCommand(records, 'records count', 'count records', found, [TABLE])))
  addRowFormats(
    addCommand(records, 'records get', 'show records by their ids', found, [TABLE, '<ids...>']),
  )
  addWatchOptions(
    addCommand(records, 'records watch', 'show changes of records as they happen', found, [TABLE]),
  )
  addJournal(
    addAcceptStored(
      addAssignments(
        addCommand(records, 'records insert', 'insert records', found, [TABLE]),
        DATA_ROWS,
      ),
    )
      .addOption(dryRun())
      .option('-y, --yes', 'do not ask', false),
  )
  const upsert = addCommand(
    records,
    'records upsert',
    'change records by a key, insert others',
    found,
    [TABLE],
  ).addOption(
    repeatable('--key <columns>', 'the columns that tell records apart, with commas between'),
  )
  addJournal(addNoWait(addAcceptStored(addSafety(addAssignments(upsert, DATA_ROWS)))))
  const update = addExplain(
    addTarget(addCommand(records, 'records update', 'change records', found, [TABLE])),
  )
  addJournal(addAcceptStored(addSafety(addAssignments(update, 'values as a JSON object'))))
  addJournal(
    addSafety(
      addExplain(
        addTarget(addCommand(records, 'records delete', 'delete records', found, [TABLE])),
      ),
    ),
  )

  addJournal(
    addImportOptions(
      addCommand(program, 'import', 'write the rows of a file into a table', found, [
        TABLE,
        '<file>',
      ]),
    ),
  )
  addReading(
    addCommand(program, 'infer', 'tell the columns and types to create for a file', found, [
      '<file>',
    ]),
  )
  addDiffOptions(
    addCommand(program, 'diff', 'tell in what two tables or files differ', found, SIDES),
  )
  addJournal(
    addSyncOptions(
      addCommand(program, 'sync', 'make table b equal to a, writing what differs', found, SIDES),
    ),
  )
  const jobs = program
    .command('jobs')
    .description('imports, syncs and restores, to look at and to go on with')
  addCommand(jobs, 'jobs list', 'list the jobs, the newest first', found)
  addCommand(jobs, 'jobs show', 'show all of one job', found, ['<job>'])
  const resume = addCommand(jobs, 'jobs resume', 'go on with a job that was broken off', found, [
    '[job]',
  ])
  addJournal(addNoWait(addAcceptStored(resume))).option(
    '-y, --yes',
    'do not ask before records are deleted',
    false,
  )
  addCommand(jobs, 'jobs rm', 'forget jobs; tables stay as they are', found, ['[jobs...]']).option(
    '--done',
    'all with which there is nothing left to do',
    false,
  )
  addExportOptions(
    addCommand(program, 'export', 'write the records of a table into a file', found, [TABLE]),
  )
  addDoctor(
    addCommand(program, 'doctor', 'look for what is wrong, and say what to do about it', found),
  )
  addCommand(program, 'try', 'try things out on sample tables, without an account', found, [
    '[command...]',
  ])
  const backup = addBackupOptions(
    addCommand(program, 'backup', 'write tables of a bot into one archive', found, ['[tables...]']),
  )
  addCommand(backup, 'backup show', 'list what a backup holds', found, [ARCHIVE])
  addCommand(backup, 'backup verify', 'read a whole backup and tell what is wrong', found, [
    ARCHIVE,
  ])
  addJournal(
    addRestoreOptions(
      addCommand(program, 'restore', 'write tables of a backup into a bot', found, [
        ARCHIVE,
        '[tables...]',
      ]),
    ),
  )
  const changes = program.command('changes').description('what was written, and taking it back')
  addChangeFilter(addCommand(changes, 'changes list', 'list changes, the newest first', found))
  addChangePage(
    addCommand(changes, 'changes show', 'show the records, before and after', found, ['<change>']),
  )
  addUndo(addCommand(changes, 'changes undo', 'undo changes', found, ['[changes...]']))
  addPrune(addCommand(changes, 'changes prune', 'forget old changes; tables stay', found))
  addSqlOptions(addCommand(program, 'sql', 'ask tables in SQL', found, ['[query]']))
  addProfileOptions(
    addCommand(program, 'profile', 'tell what the values of each column look like', found, [TABLE]),
  )
  addTypesOptions(
    addCommand(program, 'types', 'write TypeScript for the columns of tables', found, [
      '[tables...]',
    ]),
  )
  const mcp = program.command('mcp').description('the MCP server, for AI assistants')
  addMcpInstallOptions(
    addCommand(mcp, 'mcp install', "enter the MCP server into a client's configuration", found, [
      '[serverArgs...]',
    ]),
  )
  addCommand(program, 'completion', 'print what completes clt in a shell', found, [
    '<shell>',
  ]).registeredArguments[0]?.choices(SHELLS)
  addCommand(program, 'emulator', 'run a gateway on this machine, to try things out', found)
  return program
}

const DATA_ROWS =
  'values as JSON: an object, or a list of objects. Without --set and --data, one object a line is read from stdin'
const TABLE = '<table>'
const SIDES = ['<a>', '<b>']
const ARCHIVE = '<archive>'

const ARGUMENTS: Readonly<Record<string, string>> = {
  [TABLE]: 'name or id of a table; name@draft or name@live says which version',
  '<a>': 'a table ([profile:]table[@draft|@live]) or a file; - for stdin',
  '<b>': 'the other one',
  '<ids...>': 'ids of records',
  '[name]': 'of a profile',
  '[command...]': 'what to run, behind --; a shell when left out',
  '<file>': 'CSV, TSV, NDJSON, JSON or XLSX, also .gz; - for stdin',
  [ARCHIVE]: 'a file that clt backup made',
  '[tables...]': 'names or ids; all when left out. name@draft or name@live says which version',
  '<shell>': SHELLS.join(', '),
  '<job>': 'its id, or as much of the beginning as only one has',
  '[query]': 'a query; from stdin when left out, or a prompt on a terminal',
  '[job]': 'its id; when left out, the one that can be gone on with',
  '[jobs...]': 'their ids',
  '<change>': 'id of a change set, or as much of the beginning as only one has',
  '[changes...]': 'ids of change sets or jobs, or the start of one; undone in this order',
  '[serverArgs...]': "behind --, the server's own options, such as --read-only",
}

/** Adds a leaf; what it was given reaches `found` under the names of its arguments and options. */
function addCommand(
  parent: Command,
  name: CommandName,
  about: string,
  found: (invocation: Invocation) => void,
  operands: readonly string[] = [],
): Command {
  const command = parent.command(name.slice(name.indexOf(' ') + 1)).description(about)
  for (const operand of operands) command.argument(operand, ARGUMENTS[operand])
  command.addHelpText('after', () => exampleText(name))
  return command.action(() => {
    const values = command.processedArgs.map((value, index) => [
      operands[index]?.replace(/\W/g, ''),
      value,
    ])
    const given = command.optsWithGlobals()
    const json = { json: given.json || given.jq !== undefined }
    const options = { ...given, ...json, ...Object.fromEntries(values) }
    found({ name, options } as Invocation)
  })
}

function exampleText(name: CommandName): string {
  const lines = EXAMPLES[name].map(({ command, about }) => `  # ${about}\n  ${command}`)
  return `\nExamples:\n${lines.join('\n')}`
}

function footer(): string {
  return `
Conditions (--where), one comparison each:
${CONDITIONS}

DRAFT and LIVE:
  Commands work on DRAFT. Say stores@live or --live for LIVE. CHATLAYER_TABLE_VERSION=LIVE
  makes commands read LIVE; for writing it must be said on the command line.

Environment:
  CHATLAYER_TOKEN, CHATLAYER_REGION or CHATLAYER_BASE_URL, CHATLAYER_TEAM_ID,
  CHATLAYER_BOT_ID, CHATLAYER_TABLE_VERSION, CHATLAYER_PROFILE, NO_COLOR
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS: the way to the gateway
  CHATLAYER_JOURNAL (on or off), CHATLAYER_JOURNAL_DAYS, CHATLAYER_JOURNAL_MB,
  CHATLAYER_JOURNAL_REDACT: what is kept of writes

More: clt help topics (${TOPIC_NAMES.join(', ')})

Exit codes:
${EXIT_CODE_LINES}`
}
