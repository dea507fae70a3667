/** Connects to a server, by its settings. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { passwordHint } from '../database/database-address.ts'
import type { SideInput } from '../open-side.ts'
import { SideError } from '../side-error.ts'
import { type ErrorContext, postgresError } from './errors.ts'
import { findPassword } from './password.ts'
import type { PostgresSettings } from './settings.ts'
import { type TlsWay, tlsWays } from './tls.ts'

export interface ConnectInput extends Pick<SideInput, 'env' | 'secret' | 'signal'> {
  readonly settings: PostgresSettings
  readonly context: ErrorContext
}

export interface Connected {
  readonly client: pg.Client
  /** Below any encryption: destroying it ends everything. */
  readonly socket: Socket
}

/** A connection that is silent for longer is probed by the system, which notices that it is lost. */
const KEEP_ALIVE_MS = 30_000

/**
 * Connects, in the ways that `sslmode` allows.
 *
 * @throws InvalidInputError for a file or database that does not exist, SideError
 */
export async function connect(input: ConnectInput): Promise<Connected> {
  const { settings, signal, context } = input
  const ways = await tlsWays(settings, input.env)
  const password = await findPassword(input, settings)
  const accessHint = password.problem
  for (const [index, way] of ways.entries()) {
    try {
      return await connectBy(way, input, () => {
        if (password.text !== undefined) return password.text
        throw new SideError('SIDE_ACCESS', `${context.name} requires a password`, {
          hint: [passwordHint('postgres'), accessHint].filter(Boolean).join(' '),
        })
      })
    } catch (error) {
      signal?.throwIfAborted()
      if (index < ways.length - 1 && mayWorkOtherwise(error)) continue
      throw postgresError(error, { ...context, accessHint })
    }
  }
  throw new Error('sslmode allows no way to connect')
}

/** For a server without TLS, or one that rejects this user with TLS, or without. */
function mayWorkOtherwise(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: string; readonly message?: string }
  return code === '28000' || message?.includes('does not support SSL') === true
}

async function connectBy(
  way: TlsWay,
  input: ConnectInput,
  password: () => string,
): Promise<Connected> {
  const { settings, signal, context } = input
  signal?.throwIfAborted()
  const socket = new Socket()
  const needsBinding = settings.channelBinding === 'require'
  let isBound = false
  const bound = <T>(value: T): T => {
    if (isBound || !needsBinding) return value
    throw new SideError('SIDE_ACCESS', `${context.name} does not offer channel binding`, {
      hint: 'Remove channel_binding=require, or use an encrypted connection with scram-sha-256.',
    })
  }
  const client = createClient(settings, way, socket, () => bound(password()))
  // Before the library's own listener, so that no password is sent in vain.
  client.connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    isBound = way !== false && mechanisms.includes('SCRAM-SHA-256-PLUS')
  })
  guard(socket)
  client.connection.once('sslconnect', () => guard(client.connection.stream))
  // Without a listener, a connection that breaks while nothing runs would end the process.
  client.on('error', () => {})
  const abort = () => socket.destroy()
  signal?.addEventListener('abort', abort)
  try {
    await client.connect()
    bound(undefined)
    await checkSession(client, settings, context)
    return { client, socket }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

function createClient(
  settings: PostgresSettings,
  way: TlsWay,
  socket: Socket,
  password: () => string,
): pg.Client {
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password,
    ssl: way,
    sslnegotiation: settings.isDirectTls ? 'direct' : 'postgres',
    enableChannelBinding: settings.channelBinding === 'require',
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    stream: () => socket,
  })
  // Where they are not set, the library takes these from the environment of the process.
  const { connectionParameters } = client as unknown as { readonly connectionParameters: object }
  Object.assign(connectionParameters, { options: settings.options, replication: undefined })
  return client
}

/**
 * Closes the connection when what the server sends cannot be parsed: the library throws from a listener,
 * which would end the process.
 */
function guard(stream: Duplex): void {
  const emit = stream.emit
  stream.emit = (...args: Parameters<typeof emit>) => {
    try {
      return Reflect.apply(emit, stream, args)
    } catch (error) {
      stream.destroy(error as Error)
      return false
    }
  }
}

async function checkSession(
  client: pg.Client,
  { session }: PostgresSettings,
  { name }: ErrorContext,
): Promise<void> {
  if (session === 'any' || session === 'prefer-standby') return
  const { rows } = await client.query<{ standby: boolean; only: string }>(
    `select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as only`,
  )
  const isStandby = rows[0]?.standby === true
  const isReadOnly = isStandby || rows[0]?.only === 'on'
  const fits = {
    'read-write': !isReadOnly,
    'read-only': isReadOnly,
    primary: !isStandby,
    standby: isStandby,
  }
  if (fits[session]) return
  throw new SideError('SIDE_UNREACHABLE', `${name} is not a server that is ${session}`, {
    hint: 'Connect to another host, or change target_session_attrs.',
  })
}
