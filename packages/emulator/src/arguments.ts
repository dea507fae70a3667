/** The emulator's command line: its text in, its options out. */
import { parseArgs } from 'node:util'
import { Dialect, type DialectInput, dialectSettings } from '@chatlayer-tables/contract'
import { z } from 'zod'
import { Fault, type FaultInput } from './faults.ts'

/** The help text of the command, with the name it is called by. */
export function helpText(command = 'chatlayer-tables-emulator'): string {
  return `Usage: ${command} [options]

Starts the Chatlayer Tables gateway on this machine and prints how to connect.

  --port N            the port to listen on; 0 for any that is free (8686)
  --seed DIR          a folder of tables: <table>.csv or <table>.json, <table>.schema.json
  --storage FILE      keep tables and records in this file (in memory)
  --token-file FILE   where to write the token that this start makes, readable by you alone
  --latency MS        how long each request takes: 80, or 80-120
  --rate-limit N      how many requests a second it takes before it answers 429
  --fault JSON        a fault, such as '{"kind":"reset","rate":0.05}'; may be repeated
  --fault-seed N      what is left to chance repeats with the same seed (1)
  --dialect KEY=VALUE how the gateway behaves where that is not known; may be repeated
  --json              print one line of JSON when it is ready
  --help              print this

Environment: CHATLAYER_TOKEN (user:password; without it a token is made), CHATLAYER_TEAM_ID,
CHATLAYER_BOT_ID.

Examples:
  ${command} --seed ./seed
  ${command} --port 0 --json --storage ./tables.sqlite
  ${command} --latency 80 --fault '{"kind":"status","status":503,"rate":0.1}'
`
}

export interface Arguments {
  readonly help: boolean
  readonly json: boolean
  readonly port: number
  readonly seed: string | undefined
  readonly storage: string | undefined
  readonly tokenFile: string | undefined
  readonly faults: readonly FaultInput[]
  readonly faultSeed: number | undefined
  readonly dialect: DialectInput
}

/** Invalid arguments; the message states what is expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const values = parseValues(argv)
  const faults = (values.fault ?? []).map(readFault)
  if (values.latency !== undefined) faults.unshift(readLatency(values.latency))
  if (values['rate-limit'] !== undefined) {
    const perSecond = readNumber('--rate-limit', values['rate-limit'], 1, 1_000_000)
    faults.unshift({ kind: 'rate-limit', perSecond })
  }
  const seed = values['fault-seed']
  return {
    help: values.help === true,
    json: values.json === true,
    port: values.port === undefined ? 8686 : readNumber('--port', values.port, 0, 65_535),
    seed: values.seed,
    storage: values.storage,
    tokenFile: values['token-file'],
    faults,
    faultSeed: seed === undefined ? undefined : readNumber('--fault-seed', seed, 0, 2 ** 32 - 1),
    dialect: readDialect(values.dialect ?? []),
  }
}

function parseValues(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        seed: { type: 'string' },
        storage: { type: 'string' },
        'token-file': { type: 'string' },
        latency: { type: 'string' },
        'rate-limit': { type: 'string' },
        fault: { type: 'string', multiple: true },
        'fault-seed': { type: 'string' },
        dialect: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readNumber(option: string, text: string, min: number, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`${option} takes a whole number from ${min} to ${max}, not "${text}"`)
}

function readLatency(text: string): FaultInput {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text)
  if (match === null) throw new UsageError(`--latency takes milliseconds: 80, or 80-120`)
  const [min = 0, max = min] = match.slice(1).flatMap((part) => (part ? [Number(part)] : []))
  return checkFault('--latency', { kind: 'latency', ms: min === max ? min : { min, max } })
}

function readFault(text: string): FaultInput {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new UsageError(`--fault takes JSON, such as '{"kind":"reset","rate":0.05}'`)
  }
  return checkFault('--fault', json)
}

function checkFault(option: string, json: unknown): FaultInput {
  const parsed = Fault.safeParse(json)
  if (parsed.success) return parsed.data
  throw new UsageError(`${option}: ${z.prettifyError(parsed.error)}`)
}

function readDialect(pairs: readonly string[]): DialectInput {
  const settings: Record<string, unknown> = {}
  for (const pair of pairs) {
    const [, name = '', text = ''] = /^(\w+)=(.*)$/.exec(pair) ?? []
    const setting = Object.entries(dialectSettings).find(([known]) => known === name)?.[1]
    if (setting === undefined) {
      const known = Object.keys(dialectSettings).join(', ')
      throw new UsageError(`--dialect takes KEY=VALUE; the keys are ${known}`)
    }
    settings[name] = setting.schema.safeParse(text).success ? text : Number(text)
  }
  const parsed = Dialect.safeParse(settings)
  if (parsed.success) return parsed.data
  throw new UsageError(`--dialect: ${z.prettifyError(parsed.error)}`)
}
