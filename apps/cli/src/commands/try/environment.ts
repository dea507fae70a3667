/** The environment of programs started by `clt try`. */
import { chmod, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { OWN_BIN } from '../../own-files.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns an environment that connects only to the emulator, not to a profile, and has this program as
 * `clt`.
 *
 * @param bin folder that contains `clt`
 */
export function tryEnvironment(
  env: Environment,
  { url, teamId, botId, token }: Pick<Emulator, 'url' | 'teamId' | 'botId' | 'token'>,
  bin: string,
): Environment {
  const path = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('CHATLAYER_'))
  return {
    ...Object.fromEntries(kept),
    [path]: env[path] ? `${bin}${delimiter}${env[path]}` : bin,
    CHATLAYER_BASE_URL: url,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
    CHATLAYER_TOKEN: token,
  }
}

/** Creates a `clt` in a folder, under the name that the platform searches for. */
export async function writeStarter(folder: string, platform: NodeJS.Platform): Promise<void> {
  if (platform === 'win32') {
    await writeFile(join(folder, 'clt.cmd'), `@"${process.execPath}" "${OWN_BIN}" %*\r\n`)
    return
  }
  const file = join(folder, 'clt')
  await writeFile(file, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(OWN_BIN)} "$@"\n`)
  await chmod(file, 0o700)
}

/** Quotes a word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** A command line for cmd.exe, which is needed to start our batch file by name. */
export function lineForCmd(command: readonly string[]): string {
  return command.map((part) => (/^[\w.:\\/=-]+$/.test(part) ? part : quoteForCmd(part))).join(' ')
}

function quoteForCmd(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

/** The user's shell. */
export function userShell(env: Environment, platform: NodeJS.Platform): string {
  return platform === 'win32' ? env.ComSpec || 'cmd.exe' : env.SHELL || '/bin/sh'
}
