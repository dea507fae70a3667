/** The emulator as a command, for its own bin and for programs that offer it as a subcommand. */
import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Arguments, helpText, readArguments, UsageError } from './arguments.ts'
import { EmulatorError } from './errors.ts'
import { type Emulator, startEmulator } from './start.ts'

export interface RunIo {
  /** Name of the command in the help text (default: the bin's name). */
  readonly command?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  /** Aborted to end the emulator. */
  readonly signal: AbortSignal
}

/**
 * Runs until the signal is aborted. The token is never printed: a token from the environment is
 * used; otherwise a new one is written to a file that is deleted when the emulator ends.
 *
 * @returns the exit code: 0 when it was stopped, 1 when it could not start, 2 for invalid arguments
 */
export async function runEmulator(argv: readonly string[], io: RunIo): Promise<number> {
  let args: Arguments
  try {
    args = readArguments(argv)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.stderr.write(`${oneLine(error.message)}\nTry --help.\n`)
    return 2
  }
  if (args.help) {
    io.stdout.write(helpText(io.command))
    return 0
  }
  try {
    await runUntilStopped(args, io)
    return 0
  } catch (error) {
    io.stderr.write(`The emulator could not start: ${reasonOf(error)}\n`)
    return 1
  }
}

async function runUntilStopped(args: Arguments, io: RunIo): Promise<void> {
  const givenToken = setOr(io.env.CHATLAYER_TOKEN)
  await using emulator = await startEmulator({
    port: args.port,
    token: givenToken,
    teamId: setOr(io.env.CHATLAYER_TEAM_ID),
    botId: setOr(io.env.CHATLAYER_BOT_ID),
    storage: args.storage,
    seed: args.seed,
    faults: args.faults,
    faultSeed: args.faultSeed,
    dialect: args.dialect,
  })
  const tokenFile =
    givenToken === undefined ? await writeToken(emulator.token, args.tokenFile) : undefined
  try {
    io.stdout.write(
      args.json ? formatAsJson(emulator, tokenFile) : formatAsShell(emulator, tokenFile),
    )
    await stopped(io.signal)
  } finally {
    if (tokenFile !== undefined) await rm(tokenFile, { force: true })
  }
}

function setOr(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

/** Only the user can read the file, from its creation on. */
async function writeToken(token: string, path: string | undefined): Promise<string> {
  const file = path ?? join(tmpdir(), `chatlayer-tables-emulator-${randomUUID()}.token`)
  await rm(file, { force: true })
  await using handle = await open(file, 'wx', 0o600)
  await handle.writeFile(`${token}\n`)
  return file
}

function formatAsShell(emulator: Emulator, tokenFile: string | undefined): string {
  const tables = emulator.tables.list().map(({ name, columns }) => {
    const [draft, live] = [emulator.tables.count(name), emulator.tables.count(name, 'LIVE')]
    return `#   ${oneLine(name)}: ${columns.length} columns, ${draft} DRAFT records, ${live} LIVE records`
  })
  return [
    '# The Chatlayer Tables gateway runs on this machine. To connect:',
    `export CHATLAYER_BASE_URL=${quote(emulator.url)}`,
    `export CHATLAYER_TEAM_ID=${quote(emulator.teamId)}`,
    `export CHATLAYER_BOT_ID=${quote(emulator.botId)}`,
    tokenFile === undefined
      ? '# CHATLAYER_TOKEN is the token from the environment of this command.'
      : `export CHATLAYER_TOKEN="$(cat ${quote(tokenFile)})"`,
    tables.length === 0 ? '# It has no tables.' : '# Its tables:',
    ...tables,
    '# Ctrl+C ends it.',
    '',
  ].join('\n')
}

/**
 * A name must not end its comment: text after it would be a command. Nor may it change the writing
 * direction, which would display the line differently from how a shell reads it.
 */
function oneLine(name: string): string {
  return name.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '?')
}

/** Quotes a text for a shell, if necessary. */
function quote(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function formatAsJson(emulator: Emulator, tokenFile: string | undefined): string {
  const { url, teamId, botId, tables } = emulator
  const facts = { url, teamId, botId, tokenFile: tokenFile ?? null, tables: tables.list() }
  return `${JSON.stringify({ ...facts, pid: process.pid })}\n`
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  if (error instanceof EmulatorError) return oneLine(error.message)
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE'
    ? 'the port is in use; use --port 0 for any free port'
    : oneLine(message)
}
