/** A command line run in this process, with streams that say that they are a terminal. */
import { PassThrough } from 'node:stream'
import { main } from '../src/main.ts'
import type { Env, Result } from './cli.ts'
import { noKeychain } from './fake-keychain.ts'

export interface TerminalRun {
  readonly env: Env
  /** Typed once a question is asked. */
  readonly answer?: string | undefined
  /** Ctrl-C as soon as one of the streams has shown this. */
  readonly interruptAt?: RegExp | undefined
  /** How wide it is; 200 unless given. */
  readonly columns?: number | undefined
}

export async function runAtTerminal(args: readonly string[], run: TerminalRun): Promise<Result> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  let interrupt = (): void => undefined
  let isInterrupted = false
  let shown = ''
  const look = (chunk: string): void => {
    shown += chunk
    if (chunk.includes('[y/N]') && run.interruptAt === undefined) {
      stdin.write(`${run.answer ?? 'n'}\n`)
    }
    if (run.interruptAt?.test(shown) && !isInterrupted) {
      isInterrupted = true
      // Not while the question is still being drawn.
      setImmediate(() => interrupt())
    }
  }
  const [stdout, stderr] = [terminal(look, run), terminal(look, run)]
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

function terminal(look: (chunk: string) => void, { columns = 200 }: TerminalRun) {
  let text = ''
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns })
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    look(chunk)
  })
  return { stream, text: () => text }
}
