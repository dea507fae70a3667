/** Builds a tree of commander commands from the definitions. */
import { Argument, Command, Option } from 'commander'
import { COMMANDS, GROUPS } from './commands/index.ts'
import type {
  ArgumentDefinition,
  Completes,
  DefinedCommand,
  Example,
  OptionDefinition,
  ParsedValues,
} from './define-command.ts'
import { ABOUT_PROGRAM, programFooter } from './help-topics.ts'
import { type CommonValues, commonOptions } from './options/common.ts'
import { readVersion } from './release.ts'

type OnRun = (command: DefinedCommand, values: ParsedValues) => void

/** @param onRun receives the command of a parsed command line */
export function commandTree(onRun: OnRun = () => undefined): Command {
  const program = new Command('clt')
    .description(ABOUT_PROGRAM)
    .usage('<command> [options]')
    .version(readVersion(), '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', programFooter)
  for (const option of commonOptions) program.addOption(toOption(option))
  for (const command of COMMANDS) addCommand(program, command, onRun)
  return program
}

/** How to complete an argument, or the value of an option, of the tree. */
export function completesOf(part: Argument | Option | undefined): Completes | undefined {
  return part === undefined ? undefined : COMPLETES.get(part)
}

const COMPLETES = new WeakMap<Argument | Option, Completes>()

function addCommand(program: Command, command: DefinedCommand, onRun: OnRun): void {
  const { name, about, notes, examples, options = [], ...rest } = command.definition
  const operands = rest.parsesItself ? [] : (rest.arguments ?? [])
  const leaf = placeOf(program, name).description(about)
  for (const operand of operands) leaf.addArgument(toArgument(operand))
  for (const option of options) leaf.addOption(toOption(option))
  leaf.addHelpText('after', () => exampleText(examples))
  if (notes !== undefined) leaf.addHelpText('after', `\n${notes}`)
  leaf.action(() => {
    const given = leaf.optsWithGlobals<CommonValues>()
    const values = leaf.processedArgs.map((value, index) => [argumentName(operands[index]), value])
    const found = Object.fromEntries(values.filter(([, value]) => value !== undefined))
    onRun(command, { ...given, json: given.json || given.jq !== undefined, ...found })
  })
}

/** Finds or adds the command of this name in its group. */
function placeOf(program: Command, name: string): Command {
  let place = program
  for (const word of name.split(' ')) {
    const child = place.commands.find((each) => each.name() === word)
    place = child ?? place.command(word).description(GROUPS[word] ?? '')
  }
  return place
}

/** `ids` for `<ids...>`. */
export function argumentName(argument: ArgumentDefinition | undefined): string {
  return (argument?.name ?? '').replace(/\W/g, '')
}

function toArgument(argument: ArgumentDefinition): Argument {
  const found = new Argument(argument.name, describe(argument))
  if (argument.choices !== undefined) found.choices(argument.choices)
  if (argument.completes !== undefined) COMPLETES.set(found, argument.completes)
  return found
}

function toOption(option: OptionDefinition): Option {
  const found = new Option(option.flags, describe(option))
  if (option.choices !== undefined) found.choices(option.choices)
  if (option.parse !== undefined) found.argParser(option.parse)
  if (option.list) {
    found.argParser((value, before: readonly string[]) => [...before, value]).default([])
  } else if (option.default !== undefined) found.default(option.default)
  else if (found.isBoolean() && !found.negate) found.default(false)
  if (option.required) found.makeOptionMandatory()
  if (option.hidden) found.hideHelp()
  if (option.completes !== undefined) COMPLETES.set(found, option.completes)
  return found
}

function describe(part: ArgumentDefinition | OptionDefinition): string {
  const choices = part.choices?.map((choice) => (/^\w/.test(choice) ? choice : `"${choice}"`))
  const known = choices === undefined ? '' : `: ${choices.join(', ')}`
  const usual = 'flags' in part ? (part.defaultText ?? part.default) : undefined
  return `${part.about}${known}${usual === undefined ? '' : ` (default: ${usual})`}`
}

function exampleText(examples: readonly Example[]): string {
  const lines = examples.map(({ command, about }) => `  # ${about}\n  ${command}`)
  return `\nExamples:\n${lines.join('\n')}`
}
