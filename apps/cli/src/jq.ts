/** `--jq`: filters the JSON output of a command with jq and writes the results to stdout. */
import { Writable } from 'node:stream'
import { type Jq, loadJq } from 'jq-wasm'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { UsageError } from './failures.ts'
import { formatBytes } from './output/progress.ts'
import { Writer } from './output/writer.ts'

/** The exit code of jq for an expression that it cannot compile. */
const NOT_COMPILED = 3

/**
 * Runs a command, collects its output, and writes the results of the expression.
 *
 * @throws UsageError for an invalid expression, before the command is run
 */
export async function withJq(
  expression: string,
  context: Context,
  run: (context: Context) => Promise<number>,
): Promise<number> {
  const jq = await loadJq()
  const check = runJq(jq, 'null', expression)
  if (check.exitCode === NOT_COMPILED || check.exitCode === 2) {
    throw new UsageError(`invalid jq expression ${expression}: ${reason(check.stderr)}`)
  }
  const held: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      held.push(String(chunk))
      done()
    },
  })
  const code = await run({ ...context, json: true, out: new Writer(stream, context.io.env) })
  const succeeded = await filter(jq, held.join(''), expression, context)
  return succeeded || code !== EXIT.ok ? code : EXIT.unexpected
}

/** @returns whether jq succeeded */
async function filter(
  jq: Jq,
  input: string,
  expression: string,
  context: Context,
): Promise<boolean> {
  let results: Results
  try {
    results = runJq(jq, input, expression)
  } catch {
    // jq can hold about ten million values of its input.
    await context.messages.failure({
      message: `jq: ${formatBytes(input.length)} of JSON is too large`,
      hint: 'Pipe it line by line: clt … --ndjson | jq …, or choose fewer records.',
    })
    return false
  }
  return await writeResults(results, context)
}

type Results = ReturnType<Jq['raw']>

/** Outputs one JSON value per line. With `-r`, jq would lose spaces at the ends of strings. */
function runJq(jq: Jq, input: string, expression: string): Results {
  // The leading space prevents an expression that begins with a hyphen from being read as an option.
  return jq.raw(input, ` ${expression}`, ['-c'])
}

/** @returns whether jq processed all of the input */
async function writeResults(
  { stdout, stderr, exitCode }: Results,
  { out, messages }: Context,
): Promise<boolean> {
  for (const line of stdout.split('\n')) {
    if (line !== '') await out.write(`${resultText(line)}\n`)
  }
  if (exitCode === 0) return true
  await messages.failure({ message: `jq: ${reason(stderr)}`, hint: undefined })
  return false
}

/** Strings are unquoted; other values stay as jq wrote them, with all digits of numbers. */
function resultText(line: string): string {
  return line.startsWith('"') ? String(JSON.parse(line)) : line
}

function reason(stderr: string): string {
  const [first = ''] = stderr.split('\n')
  return first.replace(/^jq: (?:error(?: \([^)]*\))?: ?)?/, '').replace(/ at <top-level>.*$/, '')
}
