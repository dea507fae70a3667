/** `on_failure` of `chatlayer.yaml`: reports a failed run to a command or a webhook. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import {
  expandReferences,
  type FailureHook,
  type Project,
} from '@chatlayer-tables/transfer/project'
import { NotConfirmed } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, EXIT_MEANINGS, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import { postJson } from './post-json.ts'

/** Facts that a hook receives. */
export interface FailedRun {
  /** Such as `run`. */
  readonly command: string
  /** Names of the syncs that were chosen; empty for all. */
  readonly syncs: readonly string[]
}

/** Exit codes that are no failure, or that the user knows of. */
const NOT_REPORTED: ReadonlySet<number> = new Set([EXIT.ok, EXIT.busy, EXIT.interrupted])

/**
 * Runs a command on a project. If it fails, reports it to the hook of the project; a hook that fails itself
 * is reported, and changes nothing else.
 *
 * @throws what `run` throws
 */
export async function withFailureHook(
  context: Context,
  project: Project,
  failed: FailedRun,
  run: () => Promise<ExitCode>,
): Promise<ExitCode> {
  let exit: ExitCode
  try {
    exit = await run()
  } catch (error) {
    const failure = describeFailure(error)
    const isReported = failure !== undefined && !(error instanceof NotConfirmed)
    if (isReported) await reportFailure(context, project, failed, failure.exit, failure.message)
    throw error
  }
  await reportFailure(context, project, failed, exit, EXIT_MEANINGS[exit])
  return exit
}

/** Reports a failed run to the hook of its project, where there is one. */
export async function reportFailure(
  context: Context,
  { onFailure, file, overlay }: Project,
  { command, syncs }: FailedRun,
  exitCode: ExitCode,
  message: string,
): Promise<void> {
  if (onFailure === undefined || NOT_REPORTED.has(exitCode)) return
  const facts: Facts = {
    event: 'failure',
    command,
    file,
    overlay: overlay ?? null,
    syncs,
    exitCode,
    message: context.messages.redact(message),
    job: context.journal.job ?? null,
    host: hostname(),
    at: new Date().toISOString(),
  }
  for (const [name, send] of Object.entries(SENDERS)) {
    try {
      await send(onFailure, facts, context)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      await context.messages.failure({ message: `on_failure: ${name}: ${reason}`, hint: undefined })
    }
  }
}

interface Facts {
  readonly event: 'failure'
  readonly command: string
  readonly file: string
  readonly overlay: string | null
  readonly syncs: readonly string[]
  readonly exitCode: ExitCode
  readonly message: string
  readonly job: string | null
  readonly host: string
  readonly at: string
}

type Send = (hook: FailureHook, facts: Facts, context: Context) => Promise<void>

const SENDERS: Readonly<Record<string, Send>> = {
  async command({ command }, facts, context) {
    if (command !== undefined) await runHook(command, facts, context)
  },
  async webhook(hook, facts, { io: { env }, messages }) {
    if (hook.webhook === undefined) return
    const expand = (text: string): string => expandReferences(text, env).text
    const address = expand(hook.webhook)
    const named = Object.entries(hook.headers ?? {}).map(([name, text]) => [name, expand(text)])
    const headers: Record<string, string> = Object.fromEntries(named)
    for (const secret of [address, ...Object.values(headers)]) messages.hide(secret)
    await postJson(address, facts, { headers, env })
  },
}

const TIMEOUT_MS = 60_000

/**
 * Runs the command by a shell. The facts are in its environment: none of them is part of the command's
 * text, where a name with a quote in it could become a command.
 */
async function runHook(command: string, facts: Facts, { io, messages }: Context): Promise<void> {
  const child = spawn(command, {
    shell: true,
    env: { ...io.env, ...asVariables(facts) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    windowsHide: true,
  })
  const output: Buffer[] = []
  let size = 0
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      if (size < MAX_OUTPUT) output.push(bytes)
      size += bytes.length
    })
  }
  const [code, signal] = await once(child, 'close')
  for (const line of Buffer.concat(output).toString().trimEnd().split('\n')) {
    if (line !== '') await messages.say(`on_failure: ${line}`)
  }
  if (code !== 0) throw new Error(`ended with ${code ?? signal}`)
}

/** Bytes of a command's output that are shown. */
const MAX_OUTPUT = 10_000

function asVariables({ command, file, overlay, syncs, exitCode, message, job }: Facts) {
  return {
    CLT_FAILURE_COMMAND: command,
    CLT_FAILURE_FILE: file,
    CLT_FAILURE_OVERLAY: overlay ?? '',
    CLT_FAILURE_SYNCS: syncs.join(','),
    CLT_FAILURE_EXIT_CODE: String(exitCode),
    CLT_FAILURE_MESSAGE: message.replaceAll('\0', ''),
    CLT_FAILURE_JOB: job ?? '',
  }
}
