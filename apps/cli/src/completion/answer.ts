/**
 * `clt __complete -- words…`, which the completion scripts call each time Tab is pressed; in bash,
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
import { openConnections, openProfiles } from '../profiles/open-profiles.ts'
import { readSettings } from '../profiles/read-settings.ts'
import { bashText, readBashLine } from './bash-line.ts'
import {
  type Candidate,
  type Completion,
  complete,
  completeHelp,
  type Known,
} from './candidates.ts'
import { knownTables, TIMEOUT_MS } from './known-tables.ts'
import { readTyped, type Typed } from './typed.ts'

/** Typed options that determine the connection, and so the tables to offer. */
const CONNECTION_OPTIONS = [
  ['profile', '--profile'],
  ['region', '--region'],
  ['baseUrl', '--base-url'],
  ['team', '--team'],
  ['bot', '--bot'],
  ['tokenFile', '--token-file'],
] as const

/** Looks up the tables, profiles and topics for a command line. */
type Know = (typed: Typed) => Known

/** Starts the last line, which has the instructions for the script. */
const END = ':'

/**
 * Lines for the script: `word<TAB>about`, and a last line that starts with `:`, followed by `files` if
 * file names fit too, and by `nospace` if no space follows the word. Never throws: completion must not
 * print errors.
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

/** Completes for bash, which inserts candidates unchanged, so they are quoted here. */
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
  // bash itself completes files if there are no other candidates.
  const isMixed = found.files && found.candidates.length > 0
  const files = isMixed ? await filesFrom(words.at(-1) ?? '') : []
  const candidates = [...found.candidates, ...files].flatMap((candidate) =>
    candidate.value.startsWith(fixed)
      ? [{ ...candidate, value: bashText(candidate.value.slice(fixed.length), quote) }]
      : [],
  )
  return { candidates, files: found.files && !isMixed }
}

/** Files and folders that start with the typed word. */
async function filesFrom(word: string): Promise<Candidate[]> {
  const folder = word.slice(0, word.lastIndexOf('/') + 1)
  const entries = await readdir(folder || '.', { withFileTypes: true }).catch(() => [])
  return entries
    .map((entry) => ({
      value: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`,
      noSpace: entry.isDirectory(),
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
  const noSpace = candidates.length > 0 && candidates.every((candidate) => candidate.noSpace)
  const end = [END, files ? 'files' : '', noSpace ? 'nospace' : ''].filter((part) => part !== '')
  return `${[...lines, end.join(' ')].join('\n')}\n`
}

function knowledge(io: Io, { options }: Typed): Known {
  const profiles = openProfiles({ io }, TIMEOUT_MS)
  const flags: ConnectionFlags = Object.fromEntries(
    CONNECTION_OPTIONS.filter(([, long]) => options.has(long)).map(([name, long]) => [
      name,
      options.get(long),
    ]),
  )
  return {
    topics: [...TOPIC_NAMES, 'topics'],
    profiles: () => profiles.names(),
    connections: () => openConnections({ io }).names(),
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
