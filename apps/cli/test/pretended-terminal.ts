/** Runs a command line in this process, with streams that claim to be a terminal. */
import { PassThrough } from 'node:stream'
import { main } from '../src/main.ts'
import type { Env, Result } from './cli.ts'
import { noKeychain } from './fake-keychain.ts'

export interface TerminalRun {
  readonly env: Env
  /** The answer to type when a question is asked. */
  readonly answer?: string | undefined
  /** Runs before the answer is typed. */
  readonly beforeAnswer?: () => Promise<unknown>
  /** Text in the output after which Ctrl-C is sent. */
  readonly interruptAt?: RegExp | undefined
  /** The width (default: 200). */
  readonly columns?: number | undefined
}

export async function runAtTerminal(args: readonly string[], run: TerminalRun): Promise<Result> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  let interrupt = (): void => undefined
  let isInterrupted = false
  let shown = ''
  const onOutput = (chunk: string): void => {
    shown += chunk
    if (chunk.includes('[y/N]') && run.interruptAt === undefined) {
      void Promise.resolve(run.beforeAnswer?.()).then(() => {
        stdin.write(`${run.answer ?? 'n'}\n`)
      })
    }
    if (run.interruptAt?.test(shown) && !isInterrupted) {
      isInterrupted = true
      // After the question is drawn.
      setImmediate(() => interrupt())
    }
  }
  const [stdout, stderr] = [terminal(onOutput, run), terminal(onOutput, run)]
  const code = await main(args, {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: run.env,
    keychain: noKeychain(),
    onInterrupt(listener) {
      interrupt = listener
      return { stop: () => undefined }
    },
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

function terminal(onOutput: (chunk: string) => void, { columns = 200 }: TerminalRun) {
  let text = ''
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns })
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    onOutput(chunk)
  })
  return { stream, text: () => text }
}
