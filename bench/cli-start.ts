/**
 * The time of the command line as a whole process, next to `node -e 0`, in turns on the same machine:
 * the version, help, and one short command against a gateway of this machine.
 *
 *     node bench/cli-start.ts [--rounds 25]
 *
 * Other load only adds time, so the verdicts use the fastest tenth; medians are printed too.
 * V8's compiled code is stored in a folder of this bench; a user has it from the second start on.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startSink } from './server-process.ts'

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } })

const BIN = fileURLToPath(new URL('../apps/cli/dist/bin.js', import.meta.url))
const NODE = 'node -e 0'

interface Way {
  readonly args: readonly string[]
  /** It may take this many times `node -e 0`. */
  readonly maxTimes?: number
}

const WAYS = new Map<string, Way>([
  [NODE, { args: ['-e', '0'] }],
  ['clt --version', { args: [BIN, '--version'], maxTimes: 1.3 }],
  ['clt --help', { args: [BIN, '--help'], maxTimes: 2 }],
  ['clt records --help', { args: [BIN, 'records', '--help'], maxTimes: 2 }],
  ['clt records list', { args: [BIN, 'records', 'list', 'x', '--limit', '1'] }],
])

const home = mkdtempSync(join(tmpdir(), 'cli-start-'))
const gateway = await startSink()
try {
  await compare()
} finally {
  await gateway.stop()
  rmSync(home, { recursive: true })
}

async function compare(): Promise<void> {
  const times = new Map<string, number[]>([...WAYS.keys()].map((name) => [name, []]))
  for (const { args } of WAYS.values()) await timeToEnd(args)
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [name, { args }] of WAYS) times.get(name)?.push(await timeToEnd(args))
  }
  const node = times.get(NODE) ?? []
  console.log(`whole process, ${flags.rounds} rounds: quick tenth and median in ms, times ${NODE}`)
  for (const [name, own] of times) {
    const ratio = quickTenth(own) / quickTenth(node)
    const figures = [quickTenth(own).toFixed(0), median(own).toFixed(0), ratio.toFixed(2)]
    const verdict = verdictOn(ratio, WAYS.get(name)?.maxTimes)
    console.log(
      `  ${name.padEnd(20)}${figures.map((each) => each.padStart(7)).join('')}  ${verdict}`,
    )
  }
}

function verdictOn(ratio: number, max: number | undefined): string {
  return max === undefined ? '' : `at most ${max} required: ${ratio <= max ? 'met' : 'MISSED'}`
}

async function timeToEnd(args: readonly string[]): Promise<number> {
  const { origin, token, teamId, botId } = gateway
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CHATLAYER_TOKEN: token,
    CHATLAYER_BASE_URL: origin,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
  }
  const from = performance.now()
  const [code] = await once(spawn(process.execPath, [...args], { env, stdio: 'ignore' }), 'exit')
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
  return performance.now() - from
}

function quickTenth(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 10)] ?? Number.NaN
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
