import { createInterface } from 'node:readline/promises'
import type { Context } from './context.ts'
import { Interrupted, UsageError } from './failures.ts'
import { printable } from './printable.ts'
import { canAsk } from './prompts.ts'

/**
 * Call before anything is read or sent.
 *
 * @param preview how to see what would change
 * @throws UsageError if there is no terminal
 */
export function checkCanAsk(
  context: Context,
  preview = '--dry-run to see what would change',
): void {
  if (canAsk(context)) return
  throw new UsageError(
    'confirmation required, but there is no terminal',
    `Pass --yes to confirm, or ${preview}.`,
  )
}

/** The user said no. */
export class NotConfirmed extends UsageError {}

/** Asks on stderr; any answer but yes means no. @throws NotConfirmed for no, Interrupted for Ctrl-C */
export async function confirmOrThrow(context: Context, question: string): Promise<void> {
  if (await askYesOrNo(context, question)) return
  throw new NotConfirmed('not confirmed; nothing was changed')
}

/** Asks on stderr; any answer but yes means no. @throws Interrupted for Ctrl-C */
export async function askYesOrNo(
  { io, err, messages, stop }: Context,
  question: string,
): Promise<boolean> {
  await messages.sayKept()
  const terminal = createInterface({ input: io.stdin, output: err.forDrawing() })
  const interrupted = new AbortController()
  terminal.on('SIGINT', () => interrupted.abort()).on('close', () => interrupted.abort())
  try {
    const signal = AbortSignal.any([stop, interrupted.signal])
    const answer = await terminal.question(`${printable(question)} [y/N] `, { signal })
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new Interrupted()
    throw error
  } finally {
    terminal.removeAllListeners('close').close()
  }
}
