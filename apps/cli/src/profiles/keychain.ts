/**
 * The system's keychain, asked in a process of its own: a keychain that does not answer (a D-Bus
 * that hangs, a question that nobody sees) blocks whoever calls it, and a process can be ended.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** There is no keychain, or it did not do what was asked. Holds no secret. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError'
}

/** Passwords by account; every method throws {@link KeychainError} alone. */
export interface Keychain {
  read(account: string): Promise<string | undefined>
  write(account: string, token: string): Promise<void>
  remove(account: string): Promise<void>
}

/** What the process is asked on its stdin, as one JSON text. */
export type KeychainQuestion =
  | { readonly ask: 'read' | 'remove'; readonly account: string }
  | { readonly ask: 'write'; readonly account: string; readonly token: string }

/** What it answers on its stdout. */
export type KeychainAnswer = { readonly token: string | null } | { readonly failure: string }

interface KeychainSurroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** After which a keychain counts as not there. */
  readonly timeoutMs: number
}

export function systemKeychain(surroundings: KeychainSurroundings): Keychain {
  const ask = (question: KeychainQuestion) => askProcess(surroundings, question)
  return {
    read: async (account) => (await ask({ ask: 'read', account })) ?? undefined,
    write: async (account, token) => void (await ask({ ask: 'write', account, token })),
    remove: async (account) => void (await ask({ ask: 'remove', account })),
  }
}

/** Beside this file, as TypeScript or as what became of it. */
const PROCESS = fileURLToPath(
  new URL(`./keychain-process${extname(import.meta.url)}`, import.meta.url),
)

async function askProcess(
  { platform, env, timeoutMs }: KeychainSurroundings,
  question: KeychainQuestion,
): Promise<string | null> {
  // Without a session bus there is nobody to ask; libraries would try to start one.
  if (platform === 'linux' && !hasSessionBus(env)) {
    throw new KeychainError('this machine has no keychain that runs (no D-Bus session)')
  }
  const { CHATLAYER_TOKEN: _, ...rest } = env
  const child = spawn(process.execPath, [PROCESS], {
    env: rest,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
  })
  // A process that could not be started or is gone answers nothing, which is told below.
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(question))
  const answer = readAnswer(await text(child.stdout).catch(() => ''))
  if (answer === undefined) {
    throw new KeychainError(`the keychain did not answer within ${timeoutMs / 1000} s`)
  }
  if ('failure' in answer) throw new KeychainError(answer.failure)
  return answer.token
}

function hasSessionBus(env: KeychainSurroundings['env']): boolean {
  if (env.DBUS_SESSION_BUS_ADDRESS) return true
  return Boolean(env.XDG_RUNTIME_DIR) && existsSync(join(env.XDG_RUNTIME_DIR ?? '', 'bus'))
}

function readAnswer(line: string): KeychainAnswer | undefined {
  if (line === '') return undefined
  return JSON.parse(line) as KeychainAnswer
}
