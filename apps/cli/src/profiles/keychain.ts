/**
 * The system's keychain, accessed in a separate process. A keychain that does not respond (D-Bus hangs, or
 * its prompt is not seen) blocks its caller, and a process can be killed.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** There is no keychain, or a request failed. Contains no secrets. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError'
}

/** Passwords by account. Methods throw only {@link KeychainError}. */
export interface Keychain {
  read(account: string): Promise<string | undefined>
  write(account: string, token: string): Promise<void>
  remove(account: string): Promise<void>
}

/** The request on stdin of the process, as JSON. */
export type KeychainRequest =
  | { readonly action: 'read' | 'remove'; readonly account: string }
  | { readonly action: 'write'; readonly account: string; readonly token: string }

/** The response on its stdout, as JSON. */
export type KeychainResponse = { readonly token: string | null } | { readonly failure: string }

interface KeychainOptions {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** Timeout after which the keychain counts as missing. */
  readonly timeoutMs: number
}

export function systemKeychain(options: KeychainOptions): Keychain {
  const request = (message: KeychainRequest) => requestProcess(options, message)
  return {
    read: async (account) => (await request({ action: 'read', account })) ?? undefined,
    write: async (account, token) => void (await request({ action: 'write', account, token })),
    remove: async (account) => void (await request({ action: 'remove', account })),
  }
}

/** Next to this file, as TypeScript or compiled. */
const PROCESS = fileURLToPath(
  new URL(`./keychain-process${extname(import.meta.url)}`, import.meta.url),
)

async function requestProcess(
  { platform, env, timeoutMs }: KeychainOptions,
  message: KeychainRequest,
): Promise<string | null> {
  // Without a session bus there is no keychain; libraries would try to start a bus.
  if (platform === 'linux' && !hasSessionBus(env)) {
    throw new KeychainError('no keychain is running (no D-Bus session)')
  }
  const { CHATLAYER_TOKEN: _, ...rest } = env
  const child = spawn(process.execPath, [PROCESS], {
    env: rest,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
  })
  // A process that could not be started or has ended sends no response, which is reported below.
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(message))
  const response = readResponse(await text(child.stdout).catch(() => ''))
  if (response === undefined) {
    throw new KeychainError(`the keychain did not respond within ${timeoutMs / 1000} s`)
  }
  if ('failure' in response) throw new KeychainError(response.failure)
  return response.token
}

function hasSessionBus(env: KeychainOptions['env']): boolean {
  if (env.DBUS_SESSION_BUS_ADDRESS) return true
  return Boolean(env.XDG_RUNTIME_DIR) && existsSync(join(env.XDG_RUNTIME_DIR ?? '', 'bus'))
}

function readResponse(line: string): KeychainResponse | undefined {
  if (line === '') return undefined
  return JSON.parse(line) as KeychainResponse
}
