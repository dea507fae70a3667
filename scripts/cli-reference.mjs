/** The reference of the command line, as Markdown and as a man page, from what its help is made of. */
import { commandTree } from '../apps/cli/src/command-tree.ts'
import { COMMANDS } from '../apps/cli/src/commands/index.ts'
import { EXIT_MEANINGS } from '../apps/cli/src/exit-codes.ts'
import { HELP_TOPICS } from '../apps/cli/src/help-topics.ts'

/**
 * @typedef {object} Entry one command
 * @property {string} name without `clt`, such as `records list`
 * @property {string} usage
 * @property {string} about
 * @property {{ name: string, about: string }[]} operands
 * @property {{ flags: string, about: string }[]} options without those of all commands
 * @property {readonly { command: string, about: string }[]} examples
 *
 * @typedef {ReturnType<typeof commandTree>} Command
 */

/** Topics with a section of their own beside the others. */
const EXIT_CODES = 'exit-codes'

const program = commandTree()
const help = program.createHelp()
const entries = leaves(program, '')
const common = optionsOf(program)

export function cliMarkdown() {
  const lines = [
    '# The command line, all of it',
    '',
    'This page is made by `npm run docs` from what `clt --help` is made of. To read first:',
    '[the command line](../apps/cli/README.md). The same as a man page: `man clt`, once it is installed.',
    '',
    ...table([
      ['command', 'does'],
      ...entries.map(({ name, about }) => [`[\`clt ${name}\`](#${anchor(`clt ${name}`)})`, about]),
    ]),
    '',
    '## Options of every command',
    '',
    ...optionTable(common),
    ...entries.flatMap(commandSection),
    ...Object.entries(HELP_TOPICS).flatMap(([name, { about, text }]) => [
      '',
      `## Topic: ${name}`,
      '',
      `${sentence(about)}`,
      '',
      ...(name === EXIT_CODES ? exitCodeTable() : ['```text', text.trimEnd(), '```']),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

export function cliManPage() {
  const lines = [
    '.\\" Made by npm run docs from what clt \\-\\-help is made of.',
    '.TH CLT 1 "" "chatlayer\\-tables" "User Commands"',
    '.nh',
    '.SH NAME',
    'clt, chatlayer\\-tables \\- work with Chatlayer bot tables',
    '.SH SYNOPSIS',
    '.B clt',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    roff(program.description()),
    '.SH OPTIONS',
    'Every command takes these.',
    ...common.flatMap(manOption),
    '.SH COMMANDS',
    ...entries.flatMap(manCommand),
    ...Object.entries(HELP_TOPICS).flatMap(([name, { text }]) => [
      `.SH ${name === EXIT_CODES ? 'EXIT STATUS' : name.toUpperCase()}`,
      ...(name === EXIT_CODES
        ? manExitCodes()
        : ['.nf', ...text.trimEnd().split('\n').map(manLine), '.fi']),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * Every command that does something, in the order of the help.
 *
 * @param {Command} command
 * @param {string} path
 * @returns {Entry[]}
 */
function leaves(command, path) {
  return command.commands.flatMap((child) => {
    const name = `${path}${child.name()}`
    const found = COMMANDS.find(({ definition }) => definition.name === name)
    const own = found === undefined ? [] : [entryOf(child, name, found.definition.examples)]
    return [...own, ...leaves(child, `${name} `)]
  })
}

/**
 * @param {Command} command
 * @param {string} name
 * @param {Entry['examples']} examples
 * @returns {Entry}
 */
function entryOf(command, name, examples) {
  const operands = command.registeredArguments.map((argument) => ({
    name: help.argumentTerm(argument),
    about: argument.description,
  }))
  const usage = [
    'clt',
    name,
    ...command
      .usage()
      .split(' ')
      .filter((word) => word !== '[command]'),
  ]
  return {
    name,
    usage: usage.join(' '),
    about: command.description(),
    operands,
    options: optionsOf(command),
    examples,
  }
}

/** @param {Command} command */
function optionsOf(command) {
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help' || command === program)
    .map((option) => ({ flags: option.flags, about: option.description }))
}

/** @param {Entry} entry */
function commandSection({ name, usage, about, operands, options, examples }) {
  return [
    '',
    `## clt ${name}`,
    '',
    sentence(about),
    '',
    '```text',
    usage,
    '```',
    '',
    ...(operands.length === 0
      ? []
      : [
          ...table([
            ['argument', ''],
            ...operands.map(({ name, about }) => [`\`${name}\``, about]),
          ]),
          '',
        ]),
    ...(options.length === 0 ? [] : [...optionTable(options), '']),
    '```sh',
    ...examples.flatMap(({ command, about }) => [`# ${about}`, command]),
    '```',
  ]
}

/** @param {Entry['options']} options */
function optionTable(options) {
  return table([['option', ''], ...options.map(({ flags, about }) => [`\`${flags}\``, about])])
}

function exitCodeTable() {
  return table([['code', ''], ...Object.entries(EXIT_MEANINGS)])
}

/**
 * Rows of two cells, aligned as the formatter wants them.
 *
 * @param {readonly (readonly string[])[]} rows the first is the head
 */
function table(rows) {
  const cells = rows.map((row) => row.map(cell))
  const widths = [0, 1].map((column) =>
    Math.max(3, ...cells.map((row) => (row[column] ?? '').length)),
  )
  const [head = '', ...lines] = cells.map(
    (row) => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines]
}

/** @param {Entry} entry */
function manCommand({ name, usage, about, operands, options, examples }) {
  return [
    `.SS clt ${roff(name)}`,
    roff(sentence(about)),
    '.PP',
    `.B ${roff(usage)}`,
    ...operands.flatMap(({ name, about }) => manOption({ flags: name, about })),
    ...options.flatMap(manOption),
    '.PP',
    '.nf',
    ...examples.flatMap(({ command, about }) => [manLine(`  # ${about}`), manLine(`  ${command}`)]),
    '.fi',
  ]
}

/** @param {Entry['options'][number]} option */
function manOption({ flags, about }) {
  return ['.TP', `.B ${roff(flags)}`, roff(about)]
}

function manExitCodes() {
  return Object.entries(EXIT_MEANINGS).flatMap(([code, about]) => [
    '.TP',
    `.B ${code}`,
    roff(about),
  ])
}

/** @param {string} text */
function manLine(text) {
  return text === '' ? '.sp' : roff(text)
}

/**
 * Text that roff shows unchanged: its own sign is escaped, and no line is a request.
 *
 * @param {string} text
 */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./, '\\&.')
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}

/**
 * Text within a table of Markdown.
 *
 * @param {string} text
 */
function cell(text) {
  // The text of a code span is shown unchanged, except for the sign between cells.
  const plain = text.replaceAll('|', '\\|')
  return text.includes('`') ? plain : plain.replaceAll('<', '\\<').replaceAll('*', '\\*')
}

/**
 * As GitHub makes it of a heading.
 *
 * @param {string} heading
 */
function anchor(heading) {
  return heading.replaceAll(' ', '-')
}
