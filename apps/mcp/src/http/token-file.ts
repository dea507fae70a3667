/** The file that tokens are kept in: read by servers, changed by `chatlayer-tables-mcp token`. */
import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configFolder } from '@chatlayer-tables/local/platform-folders'
import { type StoredToken, TokenList } from './tokens.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Thrown with a message for the operator; it holds no token and no digest. */
export class TokenFileError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TokenFileError'
  }
}

/** Where tokens are kept when nothing else is said. */
export function defaultTokenFile(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  return join(configFolder({ platform, env, home }), 'mcp-tokens.json')
}

/**
 * The tokens of a file; undefined when there is none.
 *
 * @throws TokenFileError when others than its owner can read it, or it is no such file
 */
export async function readTokenFile(path: string): Promise<readonly StoredToken[] | undefined> {
  const found = await statOf(path)
  if (found === undefined) return undefined
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new TokenFileError(`others can read the token file ${path}: chmod 600 it`)
  }
  const { readSmallFile } = await import('@chatlayer-tables/local')
  return parse(await readSmallFile(path, { maxBytes: MAX_BYTES }), path)
}

/** Of some 100,000 tokens. */
const MAX_BYTES = 20_000_000

function parse(text: string, path: string): readonly StoredToken[] {
  try {
    return TokenList.parse(JSON.parse(text)).tokens
  } catch {
    throw new TokenFileError(`${path} is no token file of this version`)
  }
}

/** Replaces the tokens of a file, with no other process changing it in between. */
export async function changeTokenFile<Result>(
  path: string,
  change: (tokens: readonly StoredToken[]) => {
    readonly tokens: readonly StoredToken[]
    readonly result: Result
  },
): Promise<Result> {
  const { ensurePrivateFolder } = await import('@chatlayer-tables/local')
  ensurePrivateFolder(dirname(path))
  const lock = `${path}.lock`
  await takeLock(lock)
  try {
    const { tokens, result } = change((await readTokenFile(path)) ?? [])
    const next = `${path}.${process.pid}.new`
    const text = JSON.stringify({ version: 1, tokens } satisfies TokenFileContent, null, 2)
    await writeFile(next, `${text}\n`, { mode: 0o600, flag: 'wx' })
    await rename(next, path)
    return result
  } finally {
    await rm(lock, { force: true })
  }
}

interface TokenFileContent {
  readonly version: 1
  readonly tokens: readonly StoredToken[]
}

const LOCK_TRIES = 40

async function takeLock(path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await (await open(path, 'wx', 0o600)).close()
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (tries === LOCK_TRIES) {
        throw new TokenFileError(`another process holds ${path}; if none does, remove it`)
      }
      await sleep(50)
    }
  }
}

/**
 * A reader that asks the file system at each call whether the file is another one, so that a token
 * that was revoked ends at once, in every server.
 */
export function watchTokenFile(path: string): () => Promise<readonly StoredToken[]> {
  let known: { readonly mark: string; readonly tokens: readonly StoredToken[] } | undefined
  return async () => {
    const found = await statOf(path)
    const mark = found && [found.ino, found.mtimeMs, found.size, found.mode].join()
    if (mark === undefined) return []
    if (known?.mark !== mark) known = { mark, tokens: (await readTokenFile(path)) ?? [] }
    return known.tokens
  }
}

async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
