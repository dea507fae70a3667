import { runEmulator as run } from '@chatlayer-tables/emulator'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { OptionsOf } from '../invocation.ts'

/** The emulator reads its own options and tells of its own troubles. */
export async function runEmulator(
  { args }: OptionsOf<'emulator'>,
  { io, stop }: Context,
): Promise<ExitCode> {
  const code = await run(args, {
    env: io.env,
    stdout: io.stdout,
    stderr: io.stderr,
    signal: stop,
  })
  return Object.values(EXIT).find((exit) => exit === code) ?? EXIT.unexpected
}
