/** What the word under the cursor may become. */
import type { Command, Option } from 'commander'
import { optionsOf, type Typed } from './typed.ts'

export interface Candidate {
  /** The whole word. */
  readonly value: string
  readonly about?: string
  /** Whether more of the same word follows, so that no space is put behind it. */
  readonly goesOn?: boolean
}

export interface Completion {
  readonly candidates: readonly Candidate[]
  /** Whether names of files fit, too. */
  readonly files: boolean
}

export interface KnownTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** What is known beside the commands; each may be slow, and is asked only where it is wanted. */
export interface Known {
  profiles(): Promise<readonly string[]>
  /** Of the connection that the command line names; none where it cannot be told quickly. */
  tables(profile: string | undefined): Promise<readonly KnownTable[]>
  readonly topics: readonly string[]
}

/** Words after `@` of a table. */
const VERSIONS = ['draft', 'live']

const REGIONS = ['eu', 'us', 'sa', 'asia']

/** Options and operands by what is completed in them. */
const OF_COLUMNS = ['--select', '--key', '--columns', '--ignore', '--set-null']
const OF_TABLES = ['--table', '--scratch-table', '<table>']
const OF_FILES = [
  '--output',
  '--token-file',
  '--out-dir',
  '--attach',
  '<file>',
  '<archive>',
  '[command...]',
]
const OF_PROFILES = ['--profile', '[name]']

export async function complete(typed: Typed, known: Known): Promise<Completion> {
  const { wanted, command, word, prefix } = typed
  switch (wanted.kind) {
    case 'option name':
      return of(optionNames(command, typed), word)
    case 'option value': {
      const { candidates, files } = await optionValues(wanted.option, typed, known)
      return of(candidates, word, prefix, files)
    }
    case 'operand': {
      const children = typed.operands.length === 0 ? commandNames(command) : []
      const name = wanted.argument === undefined ? '' : spelled(wanted.argument)
      const choices = (wanted.argument?.argChoices ?? []).map((value) => ({ value }))
      const { candidates, files } = await byKind(name, typed, known)
      return of([...children, ...choices, ...candidates], word, '', files)
    }
  }
}

/** `clt help …`: groups and commands, and at the first word topics too. */
export function completeHelp(program: Command, words: readonly string[], known: Known): Completion {
  let command: Command | undefined = program
  for (const word of words.slice(0, -1)) {
    command = command?.commands.find((child) => child.name() === word)
  }
  const topics = words.length === 1 ? known.topics.map((value) => ({ value, about: 'topic' })) : []
  const names = command === undefined ? [] : commandNames(command)
  return of([...names, ...topics], words.at(-1) ?? '')
}

/** Those that go on from what is there, in whole words and without what would break a line. */
function of(
  candidates: readonly Candidate[],
  word: string,
  prefix = '',
  files = false,
): Completion {
  const fitting = candidates
    .filter(({ value }) => value.startsWith(word) && !/\p{Cc}/u.test(value))
    .map((candidate) => ({ ...candidate, value: `${prefix}${candidate.value}` }))
  return { candidates: fitting, files }
}

function commandNames(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), about: child.description() }))
}

function optionNames(command: Command, { word }: Typed): Candidate[] {
  return optionsOf(command).flatMap(({ short, long, description }) => {
    const value = long !== undefined && (word === '-' || word.startsWith('--')) ? long : short
    return value === undefined ? [] : [{ value, about: description }]
  })
}

async function optionValues(option: Option, typed: Typed, known: Known): Promise<Found> {
  if (option.argChoices !== undefined) {
    return { candidates: option.argChoices.map((value) => ({ value })) }
  }
  const name = option.long ?? ''
  const { word } = typed
  if (name === '--region') return { candidates: REGIONS.map((value) => ({ value })) }
  if (name === '--where') return { candidates: await columns(typed, known, { after: ' ' }) }
  if (name === '--set') return { candidates: await columns(typed, known, { after: '=' }) }
  if (name === '--sort') return { candidates: await sortColumns(typed, known) }
  if (OF_COLUMNS.includes(name)) {
    // Several stand with commas between.
    const before = word.slice(0, word.lastIndexOf(',') + 1)
    return { candidates: await columns(typed, known, { before }) }
  }
  return byKind(name, typed, known)
}

interface Found {
  readonly candidates: readonly Candidate[]
  readonly files?: boolean
}

async function byKind(name: string, typed: Typed, known: Known): Promise<Found> {
  if (OF_FILES.includes(name)) return { candidates: [], files: true }
  if (OF_PROFILES.includes(name)) {
    return { candidates: (await known.profiles()).map((value) => ({ value })) }
  }
  if (OF_TABLES.includes(name)) return { candidates: await tables(typed, known) }
  // Of a backup they are in the archive, which is not read for this.
  if (name === '[tables...]' && typed.command.name() === 'backup') {
    return { candidates: await tables(typed, known) }
  }
  if (name === '<a>' || name === '<b>')
    return { candidates: await tables(typed, known), files: true }
  return { candidates: [] }
}

/** As `[profile:]table[@version]`. */
async function tables({ word }: Typed, known: Known): Promise<Candidate[]> {
  const { profile, rest } = splitProfile(word)
  const before = word.slice(0, word.length - rest.length)
  const found = (await known.tables(profile)).map(({ name }) => before + name)
  // A version is offered once it is asked for; before that it would double every name.
  const isVersioned = rest.includes('@')
  const names: Candidate[] = isVersioned
    ? found.flatMap((name) => VERSIONS.map((version) => ({ value: `${name}@${version}` })))
    : found.map((value) => ({ value }))
  if (profile !== undefined || isVersioned) return names
  const profiles = await known.profiles()
  const others: Candidate[] = profiles.map((name) => ({
    value: `${name}:`,
    about: 'profile',
    goesOn: true,
  }))
  return [...names, ...others]
}

function splitProfile(reference: string): { profile: string | undefined; rest: string } {
  const [, profile, rest] = /^([\w.-]*):(.*)$/s.exec(reference) ?? []
  return { profile: profile || undefined, rest: rest ?? reference }
}

/** Of the table, or of both sides, that stand on the command line. */
async function columns(
  typed: Typed,
  known: Known,
  { before = '', after = '' }: { before?: string; after?: string },
): Promise<Candidate[]> {
  const about = new Map<string, string>()
  for (const operand of typed.operands.slice(0, 2)) {
    const { profile, rest } = splitProfile(operand)
    const plain = rest.replace(/@[^@]*$/, '')
    const named = (await known.tables(profile)).filter(
      ({ name }) => name === rest || name === plain,
    )
    for (const { name, type } of named.flatMap((table) => table.columns)) about.set(name, type)
  }
  const goesOn = after !== ''
  return [...about].map(([name, type]) => ({ value: before + name + after, about: type, goesOn }))
}

async function sortColumns(typed: Typed, known: Known): Promise<Candidate[]> {
  const names = await columns(typed, known, {})
  if (!typed.word.includes(':')) return names
  return names.flatMap(({ value }) => ['asc', 'desc'].map((way) => ({ value: `${value}:${way}` })))
}

function spelled(argument: { name(): string; required: boolean; variadic: boolean }): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name()
  return argument.required ? `<${name}>` : `[${name}]`
}
