/** Runs the built program on a pseudo-terminal, with `script` of util-linux. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { stripVTControlCharacters } from 'node:util'
import { BIN, type Env } from './cli.ts'

/** Whether this system has `script` of util-linux. */
export const hasPty =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

export interface Terminal {
  /** Waits until this text appears after the last typed keys. */
  shows(text: string | RegExp): Promise<void>
  type(keys: string): void
  /** All output, without control sequences. */
  screen(): string
  /** All output, with control sequences. */
  raw(): string
  readonly ended: Promise<number | null>
  /** Kills the program if it is still running. */
  kill(): void
}

export const ENTER = '\r'
export const CTRL_C = '\u0003'
export const UP = '\u001b[A'

/**
 * @param columns the width
 * @param program the program to run (default: `clt`)
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
      // Long, since it only reports the output if the test would hang.
      const timeout = setTimeout(() => {
        reject(new Error(`timeout waiting for ${text}, after this output:\n${shown}`))
      }, 20_000)
      const wait = promise.finally(() => clearTimeout(timeout))
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
    // The shell ends when its terminal is closed.
    kill: () => void child.kill('SIGKILL'),
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
