/** Parses the typed part of a command line with the definitions of the commands. */
import type { Argument, Command, Option } from 'commander'

export interface Typed {
  readonly command: Command
  /** Values of the options typed so far, by their long names; the last of each. */
  readonly options: ReadonlyMap<string, string>
  readonly operands: readonly string[]
  /** Whether `--` has been typed, after which there are no options. */
  readonly onlyOperands: boolean
  /** The kind of the word under the cursor. */
  readonly wanted:
    | { readonly kind: 'option name' }
    | { readonly kind: 'option value'; readonly option: Option }
    | { readonly kind: 'operand'; readonly argument: Argument | undefined }
  /** The start of the word that is kept, such as `--mode=`. */
  readonly prefix: string
  /** The part of the word to complete. */
  readonly word: string
}

/** @param words from after the program's name up to the cursor; the last is the word under it */
export function readTyped(program: Command, words: readonly string[]): Typed {
  const options = new Map<string, string>()
  const operands: string[] = []
  let command = program
  let awaiting: Option | undefined
  let onlyOperands = false
  const current = words.at(-1) ?? ''
  for (const word of words.slice(0, -1)) {
    if (awaiting !== undefined) {
      options.set(awaiting.long ?? '', word)
      awaiting = undefined
    } else if (onlyOperands || !word.startsWith('-') || word === '-') {
      const child = operands.length === 0 ? childOf(command, word) : undefined
      if (child === undefined) operands.push(word)
      else command = child
    } else if (word === '--') {
      onlyOperands = true
    } else {
      const [name = '', value] = splitOnce(word)
      const option = findOption(command, name)
      if (value !== undefined) options.set(name, value)
      else if (option !== undefined && takesValue(option)) awaiting = option
    }
  }
  const typed = { command, options, operands, onlyOperands }
  if (awaiting !== undefined) {
    return {
      ...typed,
      wanted: { kind: 'option value', option: awaiting },
      prefix: '',
      word: current,
    }
  }
  if (!onlyOperands && current.startsWith('-')) {
    const [name = '', value] = splitOnce(current)
    const option = value === undefined ? undefined : findOption(command, name)
    if (value === undefined || option === undefined) {
      return { ...typed, wanted: { kind: 'option name' }, prefix: '', word: current }
    }
    const wanted = { kind: 'option value', option } as const
    return { ...typed, wanted, prefix: `${name}=`, word: value }
  }
  const args = command.registeredArguments
  const argument = args[operands.length] ?? (args.at(-1)?.variadic ? args.at(-1) : undefined)
  return { ...typed, wanted: { kind: 'operand', argument }, prefix: '', word: current }
}

/** The options of the command and of the program, without hidden ones. */
export function optionsOf(command: Command): readonly Option[] {
  const help = command.createHelp()
  help.showGlobalOptions = true
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
}

function childOf(command: Command, name: string): Command | undefined {
  return command.commands.find((child) => child.name() === name)
}

function findOption(command: Command, name: string): Option | undefined {
  return optionsOf(command).find(({ short, long }) => name === short || name === long)
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional
}

function splitOnce(word: string): string[] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}
