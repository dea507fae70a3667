/** Candidates for the word under the cursor. */
import type { Argument, Command, Option } from 'commander'
import { completesOf } from '../command-tree.ts'
import { isPrintable } from '../printable.ts'
import { RECORD_FIELDS } from '../where.ts'
import { type ColumnSyntax, spellColumn, spellTable } from './spelling.ts'
import { optionsOf, type Typed } from './typed.ts'

export interface Candidate {
  /** The whole word. */
  readonly value: string
  readonly about?: string
  /** Whether the word is incomplete, so no space is put after it. */
  readonly noSpace?: boolean
}

export interface Completion {
  readonly candidates: readonly Candidate[]
  /** Whether file names are candidates too. */
  readonly files: boolean
}

export interface KnownTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** Candidates that do not come from commands. Looking them up may be slow, so it is done on demand. */
export interface Known {
  profiles(): Promise<readonly string[]>
  /** Saved connections to databases and HTTP APIs. */
  connections(): Promise<readonly string[]>
  /** Tables of the connection that the command line names; none if they cannot be found quickly. */
  tables(profile: string | undefined): Promise<readonly KnownTable[]>
  readonly topics: readonly string[]
}

/** Versions after the `@` of a table. */
const VERSIONS = ['draft', 'live']

export async function complete(typed: Typed, known: Known): Promise<Completion> {
  const { wanted, command, word, prefix } = typed
  switch (wanted.kind) {
    case 'option name':
      return matching(optionNames(command, typed), word)
    case 'option value': {
      const { candidates, files } = await valuesFor(wanted.option, typed, known)
      return matching(candidates, word, prefix, files)
    }
    case 'operand': {
      const children = typed.operands.length === 0 ? commandNames(command) : []
      const { candidates, files } = await valuesFor(wanted.argument, typed, known)
      // A word with a leading hyphen would be read as an option.
      const operands = typed.onlyOperands
        ? candidates
        : candidates.filter(({ value }) => !value.startsWith('-'))
      return matching([...children, ...operands], word, '', files)
    }
  }
}

/** Completes `clt help …`: groups and commands, and topics as the first word. */
export function completeHelp(program: Command, words: readonly string[], known: Known): Completion {
  let command: Command | undefined = program
  for (const word of words.slice(0, -1)) {
    command = command?.commands.find((child) => child.name() === word)
  }
  const topics = words.length === 1 ? known.topics.map((value) => ({ value, about: 'topic' })) : []
  const names = command === undefined ? [] : commandNames(command)
  return matching([...names, ...topics], words.at(-1) ?? '')
}

/** Keeps the printable candidates that start with the word, and adds the prefix. */
function matching(
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

/** Candidates for an argument or the value of an option. */
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
    case 'connection':
      return { candidates: (await known.connections()).map((value) => ({ value })) }
    case 'input':
      return { candidates: await connections(known), files: true }
    case 'table':
      return { candidates: await tables(typed, known, { profiles: true }) }
    case 'bot table':
      return { candidates: await tables(typed, known, { profiles: false }) }
    case 'side':
      // What follows `connection:` is no table of a profile.
      if (typed.word.startsWith('connection:')) return { candidates: await connections(known) }
      return {
        candidates: [
          ...(await tables(typed, known, { isSide: true })),
          ...(await connections(known)),
        ],
        files: true,
      }
    default:
      return 'columns' in completes
        ? { candidates: await columnsOf(completes.columns, typed, known) }
        : { candidates: [] }
  }
}

/** Saved connections as a side; a table or a path follows. */
async function connections(known: Known): Promise<Candidate[]> {
  return (await known.connections()).map((name) => ({
    value: `connection:${name}`,
    about: 'saved connection',
    noSpace: true,
  }))
}

const CONNECTION_OPTIONS = ['--region', '--base-url', '--team', '--bot', '--token-file']

/** Candidates of the form `[profile:]table[@version]`. @param profiles whether tables of profiles are allowed */
async function tables(
  { word, options }: Typed,
  known: Known,
  { profiles: allowed = true, isSide = false }: { profiles?: boolean; isSide?: boolean },
): Promise<Candidate[]> {
  const { profile, rest } = splitProfile(word)
  // A profile is rejected together with a flag that names another connection.
  const profiles = allowed && !CONNECTION_OPTIONS.some((option) => options.has(option))
  if (profile !== undefined && !profiles) return []
  const before = word.slice(0, word.length - rest.length)
  // Versions are offered only after `@`: otherwise they would triple the candidates.
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
    noSpace: true,
  }))
  return [...names, ...others]
}

function splitProfile(reference: string): { profile: string | undefined; rest: string } {
  const [, profile, rest] = /^([\w.-]*):(.*)$/s.exec(reference) ?? []
  return { profile: profile || undefined, rest: rest ?? reference }
}

/** The columns, with their types, of the table or both sides on the command line. */
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

/** The text to add after a column. */
const AFTER: Partial<Record<ColumnSyntax, string>> = { condition: ' ', assignment: '=' }

async function columnsOf(
  syntax: ColumnSyntax,
  typed: Typed,
  known: Known,
): Promise<readonly Candidate[]> {
  const after = AFTER[syntax] ?? ''
  const { word } = typed
  const isList = ['fields', 'list', 'plain list', 'sort'].includes(syntax)
  const before = isList ? word.slice(0, word.lastIndexOf(',') + 1) : ''
  const found: Candidate[] = []
  const columns = await columnsNamed(typed, known)
  const names = [...columns].flatMap(([name, about]) => {
    const value = spellColumn(name, syntax, before)
    return value === undefined ? [] : [{ name, about, value }]
  })
  const isQuery = syntax === 'fields' || syntax === 'sort' || syntax === 'condition'
  // Every record has these fields, which are offered once something is typed; a column of such a name
  // is spelled in quotes.
  const own = isQuery && columns.size > 0 && word !== before ? RECORD_FIELDS : []
  const fields = own.map((name) => ({ name, about: 'record field', value: before + name }))
  for (const { name, about, value } of [...names, ...fields]) {
    found.push({ value: value + after, about, noSpace: after !== '' })
    if (syntax !== 'sort' || !word.includes(':')) continue
    for (const direction of ['asc', 'desc']) {
      // A direction cannot follow quotes.
      if (value === before + name) found.push({ value: `${value}:${direction}`, about })
    }
  }
  return found
}
