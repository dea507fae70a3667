/** The token file: read by servers, changed by `chatlayer-tables-mcp token`. */
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { configFolder } from '@chatlayer-tables/local/platform-folders'
import { type StoredToken, TokenList } from './tokens.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Its message is for the operator and contains no token and no digest. */
export class TokenFileError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TokenFileError'
  }
}

/** The default path of the token file. */
export function defaultTokenFile(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  return join(configFolder({ platform, env, home }), 'mcp-tokens.json')
}

/**
 * The tokens of a file; undefined without a file.
 *
 * @throws TokenFileError if others than its owner can read it, or if its content is invalid
 */
export async function readTokenFile(path: string): Promise<readonly StoredToken[] | undefined> {
  const found = await statOf(path)
  if (found === undefined) return undefined
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new TokenFileError(`other users can read the token file ${path}; run: chmod 600 ${path}`)
  }
  const { readSmallFile } = await import('@chatlayer-tables/local')
  return parse(await readSmallFile(path, { maxBytes: MAX_BYTES }), path)
}

/** Enough for about 100,000 tokens. */
const MAX_BYTES = 20_000_000

function parse(text: string, path: string): readonly StoredToken[] {
  try {
    return TokenList.parse(JSON.parse(text)).tokens
  } catch {
    throw new TokenFileError(`${path} is not a token file of this version`)
  }
}

/** Changes the tokens of a file, under a lock. */
export async function changeTokenFile<Result>(
  path: string,
  change: (tokens: readonly StoredToken[]) => {
    readonly tokens: readonly StoredToken[]
    readonly result: Result
  },
): Promise<Result> {
  const { ensurePrivateFolder, writePrivateFile } = await import('@chatlayer-tables/local')
  ensurePrivateFolder(dirname(path))
  using _lock = await takeTokenLock(`${path}.lock`)
  const { tokens, result } = change((await readTokenFile(path)) ?? [])
  const text = JSON.stringify({ version: 1, tokens } satisfies TokenFileContent, null, 2)
  await writePrivateFile(path, `${text}\n`)
  return result
}

const MAX_LOCK_WAIT_MS = 2_000

interface TokenFileContent {
  readonly version: 1
  readonly tokens: readonly StoredToken[]
}

/** @throws TokenFileError if another process keeps the lock */
async function takeTokenLock(path: string): Promise<Disposable> {
  const { takeLock } = await import('@chatlayer-tables/local')
  const signal = AbortSignal.timeout(MAX_LOCK_WAIT_MS)
  try {
    return await takeLock(path, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
    throw new TokenFileError(`another process is changing the token file: it holds ${path}`)
  }
}

/**
 * A reader that checks at each call whether the file has changed, so that revoking a token takes effect
 * at once in every server.
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
