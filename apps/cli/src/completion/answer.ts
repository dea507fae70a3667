/**
 * `clt __complete -- words…`, which the shells' scripts call at each press of the key; for bash
 * `clt __complete --bash <line> <part>`.
 */

import { readdir } from 'node:fs/promises'
import { cacheFolder, homeFolder } from '@chatlayer-tables/local'
import type { Command } from 'commander'
import { completeSettings } from '../connection.ts'
import { TOPIC_NAMES } from '../help-topics.ts'
import type { Io } from '../io.ts'
import type { ConnectionFlags } from '../options/common.ts'
import { isPrintable, printable } from '../printable.ts'
import { openProfiles } from '../profiles/open-profiles.ts'
import { readSettings } from '../profiles/read-settings.ts'
import { bashText, readBashLine } from './bash-line.ts'
import {
  type Candidate,
  type Completion,
  complete,
  completeHelp,
  type Known,
} from './candidates.ts'
import { knownTables, PATIENCE_MS } from './known-tables.ts'
import { readTyped, type Typed } from './typed.ts'

/** What is typed of the connection counts for the tables that are offered. */
const CONNECTION_OPTIONS = [
  ['profile', '--profile'],
  ['region', '--region'],
  ['baseUrl', '--base-url'],
  ['team', '--team'],
  ['bot', '--bot'],
  ['tokenFile', '--token-file'],
] as const

/** What is known for a line. */
type Know = (typed: Typed) => Known

/** Between the candidates and what the script is to do with them. */
const END = ':'

/**
 * Lines for the script: `word<TAB>about`, at the end `:` with `files` behind it where names of files
 * fit too and `goes-on` where no space follows. Never throws: whoever presses the key wants no errors.
 */
export async function answerCompletion(
  program: Command,
  words: readonly string[],
  io: Io,
): Promise<string> {
  const [first, line = '', part = ''] = words
  const know: Know = (typed) => knowledge(io, typed)
  if (first === '--bash') return format(await completeBashLine(program, { line, part }, know))
  return format(await find(program, words.slice(first === '--' ? 1 : 0), know))
}

/** For bash, which inserts candidates as they are: with their quotes. */
export async function completeBashLine(
  program: Command,
  { line, part }: { readonly line: string; readonly part: string },
  know: Know,
): Promise<Completion> {
  const read = readBashLine(line, part)
  if (read === undefined) return NOTHING
  if (read.isRedirection) return { candidates: [], files: true }
  const { words, fixed, quote } = read
  const found = await find(program, read.isOpaque ? words.with(-1, '') : words, know)
  if (read.isOpaque) return { candidates: [], files: found.files }
  // Files alone are completed by bash itself.
  const isMixed = found.files && found.candidates.length > 0
  const files = isMixed ? await filesFrom(words.at(-1) ?? '') : []
  const candidates = [...found.candidates, ...files].flatMap((candidate) =>
    candidate.value.startsWith(fixed)
      ? [{ ...candidate, value: bashText(candidate.value.slice(fixed.length), quote) }]
      : [],
  )
  return { candidates, files: found.files && !isMixed }
}

/** Files and folders that go on from what is typed. */
async function filesFrom(word: string): Promise<Candidate[]> {
  const folder = word.slice(0, word.lastIndexOf('/') + 1)
  const entries = await readdir(folder || '.', { withFileTypes: true }).catch(() => [])
  return entries
    .map((entry) => ({
      value: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`,
      goesOn: entry.isDirectory(),
    }))
    .filter(({ value }) => value.startsWith(word) && isPrintable(value) && !/^-/.test(value))
    .filter(({ value }) => word !== folder || !value.startsWith('.', folder.length))
}

const NOTHING: Completion = { candidates: [], files: false }

async function find(program: Command, words: readonly string[], know: Know): Promise<Completion> {
  const typed = readTyped(program, words)
  const known = know(typed)
  try {
    if (words[0] === 'help' && words.length > 1) {
      return completeHelp(program, words.slice(1), known)
    }
    return await complete(typed, known)
  } catch {
    return NOTHING
  }
}

function format({ candidates, files }: Completion): string {
  const lines = candidates.map(
    ({ value, about = '' }) => `${value}\t${printable(about.replace(/\s+/g, ' '))}`,
  )
  const goesOn = candidates.length > 0 && candidates.every((candidate) => candidate.goesOn)
  const end = [END, files ? 'files' : '', goesOn ? 'goes-on' : ''].filter((part) => part !== '')
  return `${[...lines, end.join(' ')].join('\n')}\n`
}

function knowledge(io: Io, { options }: Typed): Known {
  const profiles = openProfiles({ io }, PATIENCE_MS)
  const flags: ConnectionFlags = Object.fromEntries(
    CONNECTION_OPTIONS.filter(([, long]) => options.has(long)).map(([name, long]) => [
      name,
      options.get(long),
    ]),
  )
  return {
    topics: [...TOPIC_NAMES, 'topics'],
    profiles: () => profiles.names(),
    tables: async (profile) => {
      const settings = await readSettings({ env: io.env, profiles }, flags, profile)
      const { gateway, teamId, botId } = settings
      return knownTables({
        folder: cacheFolder({ platform: process.platform, env: io.env, home: homeFolder() }),
        connection: [JSON.stringify(gateway?.value), teamId?.value ?? '', botId?.value ?? ''],
        options: () => completeSettings(settings, profiles),
      })
    },
  }
}
