/** `--if-changed`: skips a command whose HTTP API reports that nothing has changed since it last ended well. */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StorageError, userStateFolder } from '@chatlayer-tables/local'
import type { Context } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { UsageError } from './failures.ts'
import { readIfThere, writeOwnFile } from './profiles/private-file.ts'
import { type AddressInput, SideUnchanged } from './side-inputs.ts'

/** What was read by the last run of a command that wrote all of it. */
interface Kept {
  readonly validator: string
  /** ISO 8601. */
  readonly at: string
}

/**
 * Runs a command unless the side is unchanged. What was read is kept once the command has ended with
 * nothing left to do.
 *
 * @param facts of the command: its settings and its table. A run with other facts is another command
 * @throws UsageError where the side cannot report that nothing has changed
 */
export async function unlessUnchanged(
  context: Context,
  address: AddressInput | undefined,
  facts: readonly unknown[],
  run: () => Promise<ExitCode>,
): Promise<ExitCode> {
  if (address?.side.can.unchanged !== true) throw cannotReport(address)
  const file = fileOf(context, address, facts)
  const kept = await read(file)
  address.ifChangedFrom = kept?.validator
  // A run that is killed leaves the table between two states of the side, and either may come back.
  address.onChanged = () => rm(file, { force: true })
  try {
    const exit = await run()
    const validator = address.reading?.validator
    if (exit === EXIT.ok && validator !== undefined) {
      await write(file, { validator, at: new Date().toISOString() })
    }
    return exit
  } catch (error) {
    if (!(error instanceof SideUnchanged)) throw error
    return await reportUnchanged(context, address, kept?.at ?? '')
  }
}

function cannotReport(address: AddressInput | undefined): UsageError {
  return address?.side.kind === 'http'
    ? new UsageError(
        'with --if-changed, the first response must show every change, and this paging does not',
        'If the first response has all rows, pass --paging none.',
      )
    : new UsageError('--if-changed needs the address of an HTTP API')
}

async function reportUnchanged(
  { json, out, messages }: Context,
  { side }: AddressInput,
  since: string,
): Promise<ExitCode> {
  if (json) await out.write(`${JSON.stringify({ event: 'unchanged', source: side.name, since })}\n`)
  await messages.note(`${side.name} is unchanged since ${since}; nothing was compared or written`)
  return EXIT.ok
}

/** The name shows nothing of what it stands for. */
function fileOf({ io }: Context, { side }: AddressInput, facts: readonly unknown[]): string {
  const text = JSON.stringify([side.name, ...facts])
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
  return join(userStateFolder(io.env), 'validators', `${name}.json`)
}

/** Without it, the side is read. */
async function read(file: string): Promise<Kept | undefined> {
  try {
    const kept = JSON.parse((await readIfThere(file)) ?? 'null') as Partial<Kept> | null
    if (typeof kept?.validator !== 'string' || typeof kept.at !== 'string') return undefined
    return { validator: kept.validator, at: kept.at }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UsageError) return undefined
    throw error
  }
}

/** What cannot be kept costs another reading. */
async function write(file: string, kept: Kept): Promise<void> {
  try {
    await writeOwnFile(file, `${JSON.stringify(kept)}\n`)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}
