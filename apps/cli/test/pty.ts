/** The built program at a real terminal: a pseudo-terminal that `script` of util-linux makes. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { stripVTControlCharacters } from 'node:util'
import { BIN, type Env } from './cli.ts'

/** Other systems have no such `script`. */
export const hasPty =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

export interface Terminal {
  /** Waits until the screen has shown this since the last keys were typed. */
  shows(text: string | RegExp): Promise<void>
  type(keys: string): void
  /** All that was shown, without colours and movements. */
  screen(): string
  /** The same as it was sent. */
  raw(): string
  readonly ended: Promise<number | null>
  /** Ends what runs in it, where it has not ended. */
  kill(): void
}

export const ENTER = '\r'
export const CTRL_C = '\u0003'
export const UP = '\u001b[A'

/**
 * @param columns how wide it is
 * @param program to run in it; `clt` unless said
 */
export function openTerminal(
  args: readonly string[],
  env: Env,
  columns = 80,
  ...program: readonly string[]
): Terminal {
  const words = [...(program.length === 0 ? [process.execPath, BIN] : program), ...args]
  const command = words.map(quote).join(' ')
  const child = spawn(
    'script',
    ['-qec', `stty cols ${columns} rows 24; exec ${command}`, '/dev/null'],
    {
      cwd: tmpdir(),
      env: { PATH: process.env.PATH, SHELL: '/bin/sh', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  let shown = ''
  let sent = ''
  let seen = 0
  let look = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    sent += chunk
    shown += stripVTControlCharacters(chunk)
    look()
  })
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  return {
    shows(text) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      look = () => {
        const fresh = shown.slice(seen)
        if (typeof text === 'string' ? fresh.includes(text) : text.test(fresh)) resolve()
      }
      // No measure of speed: it tells what was there when a test would hang.
      const patience = setTimeout(() => {
        reject(new Error(`waited for ${text}, and there was:\n${shown}`))
      }, 20_000)
      const wait = promise.finally(() => clearTimeout(patience))
      void ended.then(() => reject(new Error(`it ended without showing ${text}:\n${shown}`)))
      look()
      return wait
    },
    type(keys) {
      seen = shown.length
      child.stdin.write(keys)
    },
    screen: () => shown,
    raw: () => sent,
    ended,
    // Without a terminal a shell ends.
    kill: () => void child.kill('SIGKILL'),
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
