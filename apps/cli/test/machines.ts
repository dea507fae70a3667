/** Machines: programs that have nothing in common but a database. Each is a folder with its own home. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Env, type Result, type Running, start } from './cli.ts'

export interface Machine {
  readonly env: Env
  /** Runs the built program in a process of its own. */
  run(args: readonly string[], more?: Env, input?: string): Promise<Result>
  start(args: readonly string[], more?: Env, input?: string): Running
}

/** @param env of all programs of the machine */
export function machine(folder: string, name: string, env: Env): Machine {
  const home = join(folder, name)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const own = { ...env, HOME: home, XDG_STATE_HOME: join(home, 'state'), NO_COLOR: '1' }
  const started = (args: readonly string[], more: Env = {}, input = ''): Running => {
    const running = start(args, { ...own, ...more })
    running.child.stdin?.end(input)
    return running
  }
  return {
    env: own,
    run: async (...all) => await started(...all).result,
    start: started,
  }
}

/** Waits until a condition holds, or the program has ended. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { child }: Partial<Running> = {},
): Promise<void> {
  while (!(await condition()) && (child?.exitCode ?? null) === null) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
