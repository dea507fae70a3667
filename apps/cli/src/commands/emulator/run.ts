import { runEmulator } from '@chatlayer-tables/emulator'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import type { Writer } from '../../output/writer.ts'
import type { Options } from './definition.ts'

/** Does not wait for writes and ignores a closed reader. */
function streamOf(writer: Writer) {
  return { write: (text: string) => void writer.write(text).catch(() => undefined) }
}

/** The emulator parses its own options and reports its own errors. */
export async function run({ args }: Options, { io, out, err, stop }: Context): Promise<ExitCode> {
  const code = await runEmulator(args, {
    env: io.env,
    stdout: streamOf(out),
    stderr: streamOf(err),
    signal: stop,
  })
  return Object.values(EXIT).find((exit) => exit === code) ?? EXIT.unexpected
}
