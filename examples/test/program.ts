/** Runs the programs of the recipes as their users do. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Emulator } from '@chatlayer-tables/emulator'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The connection to an emulator, as the client reads it from the environment. */
export function environmentOf({ url, token, teamId, botId }: Emulator): NodeJS.ProcessEnv {
  return {
    // For what Windows needs of its environment.
    ...process.env,
    CHATLAYER_BASE_URL: url,
    CHATLAYER_TOKEN: token,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
  }
}

/** @param name of a file in `recipes` */
export function start(
  name: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
  nodeArgs: readonly string[] = [],
) {
  const file = fileURLToPath(new URL(`../recipes/${name}`, import.meta.url))
  return spawn(process.execPath, [...nodeArgs, file, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }) satisfies ChildProcess
}

export async function run(...args: Parameters<typeof start>): Promise<Ended> {
  const child = start(...args)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, stdout, stderr }
}
