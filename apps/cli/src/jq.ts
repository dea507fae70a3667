/** `--jq`: what a command writes as JSON goes through jq, and the results to stdout. */
import { Writable } from 'node:stream'
import { type Jq, loadJq } from 'jq-wasm'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { UsageError } from './failures.ts'
import { formatBytes } from './output/progress.ts'
import { Writer } from './output/writer.ts'

/** Of its exit codes, the one for an expression that cannot be compiled. */
const NOT_COMPILED = 3

/**
 * Runs a command with its output held back, and writes what the expression makes of it.
 *
 * @throws UsageError for an expression that jq cannot read, before the command is run
 */
export async function withJq(
  expression: string,
  context: Context,
  run: (context: Context) => Promise<number>,
): Promise<number> {
  const jq = await loadJq()
  const check = ask(jq, 'null', expression)
  if (check.exitCode === NOT_COMPILED || check.exitCode === 2) {
    throw new UsageError(`jq cannot read ${expression}: ${reason(check.stderr)}`)
  }
  const held: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      held.push(String(chunk))
      done()
    },
  })
  const code = await run({ ...context, json: true, out: new Writer(stream, context.io.env) })
  const isWell = await filter(jq, held.join(''), expression, context)
  return isWell || code !== EXIT.ok ? code : EXIT.unexpected
}

/** @returns whether it went well */
async function filter(
  jq: Jq,
  input: string,
  expression: string,
  context: Context,
): Promise<boolean> {
  let results: Results
  try {
    results = ask(jq, input, expression)
  } catch {
    // What jq holds of its input has a bound, some ten million values.
    await context.messages.failure({
      message: `jq: ${formatBytes(input.length)} of JSON are too much for it`,
      hint: 'Pipe it line by line: clt … --ndjson | jq …, or choose fewer records.',
    })
    return false
  }
  return await writeResults(results, context)
}

type Results = ReturnType<Jq['raw']>

/** A JSON value on each line: with jq's own `-r`, spaces at the ends of texts would be lost. */
function ask(jq: Jq, input: string, expression: string): Results {
  // The space keeps an expression that begins with a hyphen from being an option.
  return jq.raw(input, ` ${expression}`, ['-c'])
}

/** @returns whether the expression held for all of the input */
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

/** A text stands without its quotes; anything else stays as jq wrote it, with all digits of numbers. */
function resultText(line: string): string {
  return line.startsWith('"') ? String(JSON.parse(line)) : line
}

function reason(stderr: string): string {
  const [first = ''] = stderr.split('\n')
  return first.replace(/^jq: (?:error(?: \([^)]*\))?: ?)?/, '').replace(/ at <top-level>.*$/, '')
}
