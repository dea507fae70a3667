/** What the word under the cursor may become. */
import type { Argument, Command, Option } from 'commander'
import { completesOf } from '../command-tree.ts'
import { isPrintable } from '../printable.ts'
import { type ColumnSyntax, spellColumn, spellTable } from './spelling.ts'
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

export async function complete(typed: Typed, known: Known): Promise<Completion> {
  const { wanted, command, word, prefix } = typed
  switch (wanted.kind) {
    case 'option name':
      return of(optionNames(command, typed), word)
    case 'option value': {
      const { candidates, files } = await valuesFor(wanted.option, typed, known)
      return of(candidates, word, prefix, files)
    }
    case 'operand': {
      const children = typed.operands.length === 0 ? commandNames(command) : []
      const { candidates, files } = await valuesFor(wanted.argument, typed, known)
      // With a hyphen it would be read as an option.
      const operands = typed.onlyOperands
        ? candidates
        : candidates.filter(({ value }) => !value.startsWith('-'))
      return of([...children, ...operands], word, '', files)
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

/** Those that go on from what is there, in whole words, and can be shown as they are. */
function of(
  candidates: readonly Candidate[],
  word: string,
  prefix = '',
  files = false,
): Completion {
  const fitting = candidates
    .filter(({ value }) => value.startsWith(word) && isPrintable(value))
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

interface Found {
  readonly candidates: readonly Candidate[]
  readonly files?: boolean
}

/** What an argument or the value of an option may be. */
async function valuesFor(
  part: Argument | Option | undefined,
  typed: Typed,
  known: Known,
): Promise<Found> {
  const completes = completesOf(part)
  const values = typeof completes === 'object' && 'values' in completes ? completes.values : []
  const choices = [...(part?.argChoices ?? []), ...values].map((value) => ({ value }))
  if (choices.length > 0 || completes === undefined) return { candidates: choices }
  switch (completes) {
    case 'file':
      return { candidates: [], files: true }
    case 'profile':
      return { candidates: (await known.profiles()).map((value) => ({ value })) }
    case 'table':
      return { candidates: await tables(typed, known, { profiles: true }) }
    case 'bot table':
      return { candidates: await tables(typed, known, { profiles: false }) }
    case 'side':
      return { candidates: await tables(typed, known, { isSide: true }), files: true }
    default:
      return 'columns' in completes
        ? { candidates: await columnsOf(completes.columns, typed, known) }
        : { candidates: [] }
  }
}

const OF_CONNECTION = ['--region', '--base-url', '--team', '--bot', '--token-file']

/** As `[profile:]table[@version]`. @param profiles whether a table of another connection is taken */
async function tables(
  { word, options }: Typed,
  known: Known,
  { profiles: taken = true, isSide = false }: { profiles?: boolean; isSide?: boolean },
): Promise<Candidate[]> {
  const { profile, rest } = splitProfile(word)
  // Beside a flag that names another connection a profile is refused.
  const profiles = taken && !OF_CONNECTION.some((option) => options.has(option))
  if (profile !== undefined && !profiles) return []
  const before = word.slice(0, word.length - rest.length)
  // A version is offered once it is asked for; before that it would double every name.
  const isVersioned = rest.includes('@')
  const versions = ['', ...(isVersioned ? VERSIONS.map((version) => `@${version}`) : [])]
  const names: Candidate[] = (await known.tables(profile)).flatMap(({ name }) =>
    versions.flatMap((version) => {
      const value = spellTable(name, { before, version, isSide })
      return value === undefined ? [] : [{ value }]
    }),
  )
  if (profile !== undefined || isVersioned || !profiles) return names
  const others: Candidate[] = (await known.profiles()).map((name) => ({
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

/** The columns of the table, or of both sides, that are on the command line, with their types. */
async function columnsNamed(typed: Typed, known: Known): Promise<ReadonlyMap<string, string>> {
  const about = new Map<string, string>()
  for (const operand of typed.operands.slice(0, 2)) {
    const { profile, rest } = splitProfile(operand)
    const plain = rest.replace(/@[^@]*$/, '')
    const named = (await known.tables(profile)).filter(
      ({ name }) => name === rest || name === plain,
    )
    for (const { name, type } of named.flatMap((table) => table.columns)) about.set(name, type)
  }
  return about
}

/** What follows a column before more is typed. */
const AFTER: Partial<Record<ColumnSyntax, string>> = { condition: ' ', assignment: '=' }

async function columnsOf(
  syntax: ColumnSyntax,
  typed: Typed,
  known: Known,
): Promise<readonly Candidate[]> {
  const after = AFTER[syntax] ?? ''
  const { word } = typed
  const isList = syntax === 'list' || syntax === 'plain list' || syntax === 'sort'
  const before = isList ? word.slice(0, word.lastIndexOf(',') + 1) : ''
  const found: Candidate[] = []
  for (const [name, about] of await columnsNamed(typed, known)) {
    const value = spellColumn(name, syntax, before)
    if (value === undefined) continue
    found.push({ value: value + after, about, goesOn: after !== '' })
    if (syntax !== 'sort' || !word.includes(':')) continue
    for (const way of ['asc', 'desc']) {
      // Behind quotes no direction is read.
      if (value === before + name) found.push({ value: `${value}:${way}`, about })
    }
  }
  return found
}
