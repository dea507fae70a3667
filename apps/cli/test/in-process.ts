/** Runs command lines in this process, with streams that are not a terminal, which is fast. */
import { PassThrough, Readable } from 'node:stream'
import { main } from '../src/main.ts'
import type { Keychain } from '../src/profiles/keychain.ts'
import { type Env, noStackTrace, type Result } from './cli.ts'
import { noKeychain } from './fake-keychain.ts'

interface RunOptions {
  readonly env: Env
  readonly input?: string
  readonly keychain?: Keychain
}

/** Never uses the keychain of the machine that runs the tests. */
export async function runHere(
  args: readonly string[],
  { env, input = '', keychain = noKeychain() }: RunOptions,
): Promise<Result> {
  const [stdout, stderr] = [collected(), collected()]
  const code = await main(args, {
    stdin: Readable.from([input]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    keychain,
    onInterrupt: () => ({ stop: () => undefined }),
  })
  const result = { code, stdout: stdout.text(), stderr: stderr.text() }
  noStackTrace(result)
  return result
}

function collected() {
  let text = ''
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => {
    text += String(chunk)
  })
  return { stream, text: () => text }
}
