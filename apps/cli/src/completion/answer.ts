/** `clt __complete -- words…`, which the shells' scripts call at each press of the key. */
import type { Command } from 'commander'
import { cacheFolder } from '../cache-folder.ts'
import { completeSettings } from '../connection.ts'
import { TOPIC_NAMES } from '../help-topics.ts'
import { homeFolder } from '../home-folder.ts'
import type { ConnectionFlags } from '../invocation.ts'
import type { Io } from '../io.ts'
import { openProfiles } from '../profiles/open-profiles.ts'
import { readSettings } from '../profiles/read-settings.ts'
import { type Completion, complete, completeHelp, type Known } from './candidates.ts'
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
  return format(await find(program, words.slice(words[0] === '--' ? 1 : 0), io))
}

async function find(program: Command, words: readonly string[], io: Io): Promise<Completion> {
  const typed = readTyped(program, words)
  const known = knowledge(io, typed)
  try {
    if (words[0] === 'help' && words.length > 1) {
      return completeHelp(program, words.slice(1), known)
    }
    return await complete(typed, known)
  } catch {
    return { candidates: [], files: false }
  }
}

function format({ candidates, files }: Completion): string {
  const lines = candidates.map(({ value, about = '' }) => `${value}\t${about.replace(/\s+/g, ' ')}`)
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
