/** `connections add`: asks for the secret and tests the connection before saving it. */
import { resolve } from 'node:path'
import { readSmallStream, SmallFileError } from '@chatlayer-tables/local'
import { addressKind } from '@chatlayer-tables/sources/address'
import { readSavedReference, shownAddress } from '../../../connections/saved-address.ts'
import { tryAddress } from '../../../connections/try-address.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { openConnections } from '../../../profiles/open-profiles.ts'
import { profileName } from '../../../profiles/profile.ts'
import { askSecret, canAsk } from '../../../prompts.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const name = connectionName(options.name)
  const { header } = options
  const kind = checkAddress(options)
  const address = lasting(options.address)
  const secret = await gatherSecret(options, context, name)
  await tryAddress(context, { kind, address, secret, secretHeader: header })
  const connections = openConnections(context)
  const connection = { address, ...(header === undefined ? {} : { header }) }
  const { keychain } = options
  const kept = await connections.save(name, connection, secret, { keychain })
  const file = kept.place === 'file' ? connections.secretFile(name) : undefined
  const { out, messages } = context
  if (context.json) {
    const report = {
      name,
      kind,
      address: shownAddress(address),
      secret: kept.place,
      secretFile: file,
    }
    await out.write(`${JSON.stringify(report)}\n`)
  }
  await messages.note(`saved the connection "${name}"; use it as ${usage(kind, name)}`)
  if (kept.place === 'keychain') await messages.note('the secret is in the system keychain')
  if (file !== undefined) {
    const why = kept.why === undefined ? '' : ` (keychain not used: ${kept.why})`
    await messages.note(`the secret is in ${file}, which only you can read${why}`)
  }
  return EXIT.ok
}

/** A relative path would mean another file in another folder. */
function lasting(address: string): string {
  const [, path = '', rest = ''] = /^sqlite:([^#?]*)(.*)$/is.exec(address) ?? []
  return path === '' || /^[/~\\]/.test(path) ? address : `sqlite:${resolve(path)}${rest}`
}

function usage(kind: string, name: string): string {
  return kind === 'http' ? `connection:${name}/path` : `connection:${name}#table`
}

/** @throws UsageError */
function connectionName(typed: string): string {
  const name = profileName(typed, 'connection')
  if (name !== 'localhost') return name
  throw new UsageError('a connection cannot be called localhost', 'Choose another name.')
}

/** @throws UsageError that does not repeat the address, which may contain a password */
function checkAddress({ address, header }: Options) {
  const kind = addressKind(address)
  if (kind === undefined) {
    throw new UsageError(
      'this is not an address of a database or an HTTP API',
      'Such as postgres://user@host/database, sqlite:shop.db or https://api.example.com/v1',
    )
  }
  if (readSavedReference(address) !== undefined) {
    throw new UsageError(
      'the address has no database',
      'Add it after the host: postgres://user@host/database',
    )
  }
  if (header !== undefined && kind !== 'http') {
    throw new UsageError('--header is for HTTP APIs, and this is a database')
  }
  if (header !== undefined && !/^[!#$%&'*+.^_`|~\w-]+$/.test(header)) {
    throw new UsageError(
      '--header must be the name of a header',
      'Pass the name alone, such as --header X-Api-Key. You are asked for the value.',
    )
  }
  return kind
}

const MAX_SECRET_BYTES = 16_384

/** @throws UsageError if it can neither be read nor asked for */
async function gatherSecret(
  options: Options,
  context: Context,
  name: string,
): Promise<string | undefined> {
  const { withSecret, secret } = options
  if (withSecret && !secret) {
    throw new UsageError(
      '--with-secret and --no-secret cannot be combined',
      'Pass only one of them.',
    )
  }
  if (!secret || addressKind(options.address) === 'sqlite') return undefined
  if (withSecret) return await readPiped(context)
  if (!canAsk(context)) {
    throw new UsageError(
      'no secret is given, and there is no terminal to prompt on',
      'Pass --with-secret and pipe it in, or --no-secret if none is needed.',
    )
  }
  const what = addressKind(options.address) === 'http' ? 'Token' : 'Password'
  return await askSecret(context, `${what} of "${name}"`, (typed) =>
    typed === '' ? 'A value is required. To save none, pass --no-secret.' : undefined,
  )
}

async function readPiped({ io }: Context): Promise<string> {
  if (io.stdin.isTTY === true) {
    throw new UsageError(
      '--with-secret reads from stdin, but stdin is a terminal, which would show it',
      'Pipe it in, or omit --with-secret: then you are asked for it.',
    )
  }
  const text = await readStdin(io)
  const secret = text.replace(/\r?\n$/, '')
  if (secret !== '' && !/[\r\n]/.test(secret)) return secret
  throw new UsageError('stdin must contain the password or token on one line')
}

async function readStdin({ stdin }: Context['io']): Promise<string> {
  try {
    return await readSmallStream(stdin, { name: 'stdin', maxBytes: MAX_SECRET_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    throw new UsageError(`stdin does not contain a password or token: ${error.message}`)
  }
}
