/** A shell on a pseudo-terminal, with `script` of util-linux, and what its commands show. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import headless from '@xterm/headless'

export const COLUMNS = 80

/** Whether this system has `script` of util-linux, and bash. */
export const hasShell =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ===
    true &&
  spawnSync('bash', ['--version']).status === 0

/** The prompt contains the exit code of the command before it. */
const PROMPT = /<<(?<code>\d+)>> $/
const SETTINGS = `stty -echo cols ${COLUMNS} rows 40`

/** Also the shell that `clt try` starts. A shell with a command, as `script` starts it, runs that. */
const STARTER = `#!/bin/sh
[ "$1" = -c ] && exec sh "$@"
PS1='<<$?>> ' exec bash --noprofile --norc --noediting
`

export interface Shown {
  /** Output with its control sequences. */
  readonly raw: string
  readonly code: number
}

export interface Shell {
  /**
   * Runs lines, one after another, until the prompt is shown again.
   *
   * @param answers what to type once a pattern is shown
   */
  run(lines: string, answers?: ReadonlyMap<RegExp, string>): Promise<Shown>
  close(): Promise<void>
}

export async function openShell(cwd: string, env: Record<string, string>): Promise<Shell> {
  const folder = mkdtempSync(join(tmpdir(), 'shell-'))
  const starter = join(folder, 'bash')
  writeFileSync(starter, STARTER, { mode: 0o755 })
  const child = spawn('script', ['-qec', starter, '/dev/null'], {
    cwd,
    env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env, SHELL: starter },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let shown = ''
  let notify = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
    notify()
  })
  const until = (pattern: RegExp) => {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
    const timeout = setTimeout(() => reject(new Error(`waiting for ${pattern}:\n${shown}`)), 60_000)
    notify = () => {
      const match = pattern.exec(shown)
      if (match !== null) resolve(match)
    }
    notify()
    return promise.finally(() => clearTimeout(timeout))
  }
  const runLine = async (line: string, answers: ReadonlyMap<RegExp, string>): Promise<Shown> => {
    shown = ''
    child.stdin.write(`${line}\n`)
    for (const [pattern, answer] of answers) {
      await until(pattern)
      child.stdin.write(answer)
    }
    const { index, groups } = await until(PROMPT)
    return { raw: shown.slice(0, index), code: Number(groups?.code) }
  }
  await until(PROMPT)
  await runLine(SETTINGS, new Map())
  return {
    async run(lines, answers = new Map()) {
      let raw = ''
      let code = 0
      for (const line of lines.trim().split('\n')) {
        const one = await runLine(line, answers)
        raw += one.raw
        code = Math.max(code, one.code)
      }
      return { raw, code }
    },
    async close() {
      child.stdin.end()
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

/** What a terminal shows after this output: the lines that a reader sees. */
export async function screenOf(raw: string): Promise<headless.Terminal> {
  const terminal = new headless.Terminal({
    cols: COLUMNS,
    rows: 40,
    scrollback: 1000,
    allowProposedApi: true,
  })
  await new Promise<void>((resolve) => terminal.write(raw, resolve))
  return terminal
}

/** The text of a screen, without blank lines at its end. A line that wrapped is one line. */
export async function textOf(raw: string): Promise<string> {
  const { buffer } = await screenOf(raw)
  const lines: string[] = []
  for (let row = 0; row < buffer.active.length; row += 1) {
    const line = buffer.active.getLine(row)
    const text = line?.translateToString(true) ?? ''
    if (line?.isWrapped === true) lines.push(`${lines.pop() ?? ''}${text}`)
    else lines.push(text)
  }
  return `${lines.join('\n').trimEnd()}\n`
}
