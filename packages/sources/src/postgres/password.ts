/** The password of a connection: of a saved one, from the environment, or from a password file. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readSmallFile, SmallFileError } from '@chatlayer-tables/local'
import type { SideInput } from '../open-side.ts'
import type { PostgresSettings } from './settings.ts'

export interface Password {
  readonly text: string | undefined
  /** Why a password file was not read, for the error of a server that requires a password. */
  readonly problem: string | undefined
}

const MAX_BYTES = 1024 * 1024

/** Finds the password as libpq does; a saved one comes first. */
export async function findPassword(
  { secret, env }: Pick<SideInput, 'secret' | 'env'>,
  settings: PostgresSettings,
): Promise<Password> {
  const text = secret || env.PGPASSWORD
  if (text) return { text, problem: undefined }
  const path = env.PGPASSFILE || defaultPath(env)
  if (path === undefined) return { text: undefined, problem: undefined }
  try {
    const { mode } = await stat(path)
    // Other users of this machine could read it. Windows has no such mode.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return {
        text: undefined,
        problem: `${path} is not read since others may read it: chmod 0600 it.`,
      }
    }
    return {
      text: lookUp(await readSmallFile(path, { maxBytes: MAX_BYTES }), settings),
      problem: undefined,
    }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isMissing && !env.PGPASSFILE) return { text: undefined, problem: undefined }
    const reason = isMissing
      ? 'it does not exist'
      : error instanceof SmallFileError
        ? error.message
        : 'it cannot be opened'
    return { text: undefined, problem: `${path} was not read: ${reason}.` }
  }
}

function defaultPath(env: SideInput['env']): string | undefined {
  const [folder, ...names] =
    process.platform === 'win32'
      ? [env.APPDATA, 'postgresql', 'pgpass.conf']
      : [env.HOME, '.pgpass']
  return folder ? join(folder, ...names) : undefined
}

type Target = Pick<PostgresSettings, 'host' | 'port' | 'database' | 'user'>

/**
 * The password in the text of a password file: of the first line whose `host:port:database:user` matches. `*`
 * matches anything, and a backslash makes `:` and itself plain text. `localhost` also matches sockets.
 */
export function lookUp(text: string, { host, port, database, user }: Target): string | undefined {
  const wanted = [
    host.startsWith('/') ? [host, 'localhost'] : [host],
    [String(port)],
    [database],
    [user],
  ]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const parts = [...line.matchAll(PART)].map(([, part = '']) => part)
    const matches = wanted.every((names, index) => {
      const part = parts[index]
      return part === '*' || (part !== undefined && names.includes(unescaped(part)))
    })
    if (matches) return unescaped(parts[wanted.length] ?? '') || undefined
  }
  return undefined
}

/** A part of a line, up to a colon that is not escaped: the password too ends at one. */
const PART = /((?:\\.|[^:\\]|\\$)*)(?::|$)/g

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}
