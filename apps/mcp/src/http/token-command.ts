/** `chatlayer-tables-mcp token`: creates, lists and revokes tokens of HTTP clients. */
import { parseArgs } from 'node:util'
import { visible } from '../result/untrusted.ts'
import { SCOPES, type Scope } from './scopes.ts'
import { changeTokenFile, defaultTokenFile, readTokenFile, TokenFileError } from './token-file.ts'
import { issueToken, type StoredToken } from './tokens.ts'

export interface TokenCommandIo {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

export const TOKEN_USAGE = `Usage:
  chatlayer-tables-mcp token create --scope <scope> [--name <name>] [--expires <days>d]
  chatlayer-tables-mcp token list
  chatlayer-tables-mcp token revoke <id>

Scopes, each including the previous ones: ${SCOPES.join(', ')}
--tokens <file>: the token file (default: in the user's configuration folder)
`

class TokenUsageError extends Error {}

/** Returns the exit code. A new token is printed once, on stdout, and not stored. */
export async function runTokenCommand(
  args: readonly string[],
  io: TokenCommandIo,
): Promise<number> {
  try {
    return await run(args, io)
  } catch (error) {
    if (error instanceof TokenUsageError) {
      io.stderr.write(`chatlayer-tables-mcp token: ${error.message}\n\n${TOKEN_USAGE}`)
      return 2
    }
    if (error instanceof TokenFileError) {
      io.stderr.write(`chatlayer-tables-mcp token: ${error.message}\n`)
      return 1
    }
    throw error
  }
}

async function run(args: readonly string[], io: TokenCommandIo): Promise<number> {
  const { values, positionals } = parse(args)
  const [action, ...operands] = positionals
  if (values.help) {
    io.stdout.write(TOKEN_USAGE)
    return 0
  }
  const path = values.tokens ?? defaultTokenFile(io.env)
  switch (action) {
    case 'create':
      if (operands.length > 0) throw new TokenUsageError('create takes only options')
      return create(path, values, io)
    case 'list':
      io.stdout.write(table((await readTokenFile(path)) ?? []))
      return 0
    case 'revoke':
      return revoke(path, operands, io)
    default:
      throw new TokenUsageError('expected create, list or revoke')
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        scope: { type: 'string', multiple: true },
        name: { type: 'string' },
        expires: { type: 'string' },
        tokens: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch {
    throw new TokenUsageError('unknown option, or option without a value')
  }
}

async function create(
  path: string,
  given: { readonly scope?: readonly string[]; readonly name?: string; readonly expires?: string },
  { stdout, stderr }: TokenCommandIo,
): Promise<number> {
  const now = new Date()
  const scopes = scopesOf(given.scope)
  const { token, stored } = issueToken(
    visible(given.name ?? ''),
    scopes,
    now,
    expiryOf(given.expires, now),
  )
  await changeTokenFile(path, (tokens) => ({ tokens: [...tokens, stored], result: undefined }))
  const until = stored.expires === undefined ? '' : `, until ${stored.expires}`
  stderr.write(`token ${stored.id} (${scopes.join(', ')}${until}), shown only once:\n`)
  stdout.write(`${token}\n`)
  return 0
}

function scopesOf(texts: readonly string[] = []): readonly Scope[] {
  const words = texts.flatMap((one) => one.split(/[\s,]+/)).filter((word) => word !== '')
  const unknown = words.some((word) => !SCOPES.some((scope) => scope === word))
  if (words.length === 0 || unknown) {
    throw new TokenUsageError(`--scope must be one of ${SCOPES.join(', ')}`)
  }
  return SCOPES.filter((scope) => words.includes(scope))
}

function expiryOf(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined
  const days = Number(/^([1-9]\d{0,4})d$/.exec(text)?.[1])
  if (Number.isNaN(days))
    throw new TokenUsageError('--expires must be a number of days, such as 90d')
  return new Date(now.getTime() + days * 86_400_000)
}

async function revoke(
  path: string,
  [id, ...more]: readonly string[],
  { stdout }: TokenCommandIo,
): Promise<number> {
  if (id === undefined || more.length > 0) throw new TokenUsageError('revoke takes one id')
  const revoked = await changeTokenFile(path, (tokens) => ({
    tokens: tokens.filter((token) => token.id !== id),
    result: tokens.find((token) => token.id === id),
  }))
  if (revoked === undefined) throw new TokenFileError('there is no token with that id')
  stdout.write(`revoked ${revoked.id}\n`)
  return 0
}

function table(tokens: readonly StoredToken[]): string {
  if (tokens.length === 0) return 'no tokens\n'
  const rows = tokens.map(({ id, name, scopes, created, expires }) =>
    [id, scopes.join(' '), created.slice(0, 10), expires?.slice(0, 10) ?? 'never', name].join('  '),
  )
  return `${['id        scopes, created, expires, name', ...rows].join('\n')}\n`
}
