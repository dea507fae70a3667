/** `clt try`: runs an emulator with sample tables while a shell or a command runs. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from '@chatlayer-tables/emulator'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import { canAsk } from '../../prompts.ts'
import type { Options } from './definition.ts'
import { lineForCmd, tryEnvironment, userShell, writeStarter } from './environment.ts'
import { fillLive, SAMPLE_TABLES } from './sample-tables.ts'

/** @returns exit code of the shell or command */
export async function run({ command }: Options, context: Context): Promise<number> {
  const isShell = command.length === 0
  if (isShell && !canAsk(context)) {
    throw new UsageError(
      'there is no terminal to open a shell on',
      'Pass a command: clt try -- clt tables list. For an emulator that keeps running: clt emulator',
    )
  }
  const { env } = context.io
  const { platform } = process
  const folder = await mkdtemp(join(tmpdir(), 'clt-try-'))
  try {
    await using emulator = await startEmulator({ tables: SAMPLE_TABLES })
    fillLive(emulator)
    await writeStarter(folder, platform)
    const [program = userShell(env, platform), ...args] = command
    if (isShell) await printIntroduction(context)
    const options = { env: tryEnvironment(env, emulator, folder), stdio: 'inherit' } as const
    const child =
      platform === 'win32' && !isShell
        ? spawn(lineForCmd(command), { ...options, shell: true })
        : spawn(program, args, options)
    const code = await ended(child, program, context)
    if (isShell)
      await context.messages.note(
        'The sample tables were removed. With an account, run: clt auth login',
      )
    return code
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function printIntroduction({ messages }: Context): Promise<void> {
  for (const line of [
    'This shell is connected to a sample bot with the tables stores, faq and leads. Your changes are lost when it ends.',
    '  clt tables list',
    '  clt records list stores --where "country = BE" --sort name',
    '  clt records update stores --where "code = GNT" --set bikes=85',
    '  exit            ends the shell',
  ]) {
    await messages.note(line)
  }
}

function ended(
  child: ChildProcess,
  program: string,
  { io, stop, abort }: Context,
): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      const code = 'code' in error ? String(error.code) : error.message
      reject(
        new UsageError(
          `cannot start ${program}: ${code === 'ENOENT' ? 'there is no such program' : code}`,
        ),
      )
    })
    child.on('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
    // Ctrl-C on a terminal reaches the child too; other ways to end this program do not.
    stop.addEventListener('abort', () => {
      if (io.stdin.isTTY !== true) child.kill('SIGTERM')
    })
    abort.addEventListener('abort', () => child.kill('SIGTERM'))
  })
}
