/** `clt records edit`: opens records in a text editor and writes what was changed. */
import {
  type CallOptions,
  InvalidInputError,
  NotExpressibleError,
  type Outcome,
  stringifyJson,
  type Table,
  type TableRecord,
} from '@chatlayer-tables/core'
import { askYesOrNo, checkCanAsk } from '../../../confirm.ts'
import { type OpenTable, openTableToWrite } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { checkExpected } from '../../../expected.ts'
import { UsageError } from '../../../failures.ts'
import { countOf, showPreview } from '../../../output/preview-output.ts'
import { formatCount } from '../../../output/progress.ts'
import { canAsk } from '../../../prompts.ts'
import { carryOut } from '../carry-out.ts'
import { readTarget, type Target } from '../change.ts'
import { deleteUnchanged } from '../delete-unchanged.ts'
import type { Options } from './definition.ts'
import { csvFormat, type EditFormat } from './edit-text.ts'
import { EditedFile } from './editor.ts'
import { type Edits, findEdits } from './edits.ts'

/** Number of records that are opened at once without --limit. */
const MAX_RECORDS = 100

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const target = readTarget(options)
  if (!options.dryRun && !options.yes) checkCanAsk(context)
  await using open = await openTableToWrite(context, options)
  const call = { signal: context.stop }
  const table = await open.handle.definition(call)
  const records = await recordsOf(open, target, options.limit, call)
  if (records.length === 0) {
    await context.messages.note('No record matches; nothing was changed.')
    return EXIT.ok
  }
  const format = await formatOf(options.format)
  const session = { options, context, open, table, records, format, call }
  const heading = `${countOf(records.length)} of ${table.name} (${open.version}). Do not edit the IDs.`
  const original = await format.write(table, records, heading)
  const { version } = open
  const name = `${table.name}@${version.toLowerCase()}.${options.format}`
  const file = await EditedFile.create(name, original)
  let keeps = false
  try {
    const edits = await editUntilValid(session, file, original, () => {
      keeps = true
    })
    if (edits === undefined) return EXIT.ok
    // From here on, the edits are worth keeping until they are written.
    keeps = true
    const exit = await writeEdits(session, edits)
    keeps = exit !== EXIT.ok || options.dryRun
    return exit
  } finally {
    if (keeps) await context.messages.say(`the edited file is kept: ${file.path}`)
    else await file.remove()
  }
}

interface Session {
  readonly options: Options
  readonly context: Context
  readonly open: OpenTable
  readonly table: Table
  readonly records: readonly TableRecord[]
  readonly format: EditFormat
  readonly call: CallOptions
}

/** YAML is loaded only if it is used. */
async function formatOf(name: Options['format']): Promise<EditFormat> {
  return name === 'yaml' ? (await import('./edit-yaml.ts')).yamlFormat : csvFormat
}

/** @throws UsageError for more records than can be edited well */
async function recordsOf(
  { handle }: OpenTable,
  target: Target,
  limit: number | undefined,
  call: CallOptions,
): Promise<TableRecord[]> {
  const { preview } = handle
  const found =
    target.ids === undefined
      ? preview.matching(target.where, { ...call, all: target.all })
      : preview.ofIds(target.ids, call)
  const records: TableRecord[] = []
  for await (const record of found) {
    if (records.length === limit) break
    if (limit === undefined && records.length === MAX_RECORDS) {
      throw new UsageError(
        `more than ${MAX_RECORDS} records match, which is much to edit by hand`,
        `Narrow the condition, or pass --limit ${MAX_RECORDS} for the first ones or a higher number.`,
      )
    }
    records.push(record)
  }
  return records
}

/**
 * Opens the editor, again after mistakes if the user wants.
 *
 * @param keep called when the file must not be removed
 * @returns undefined if nothing was changed
 * @throws UsageError for edits that cannot be read or written
 */
async function editUntilValid(
  { options, context, open, table, records, format, call }: Session,
  file: EditedFile,
  original: string,
  keep: () => void,
): Promise<Edits | undefined> {
  const { messages } = context
  const before = await format.read(original, table)
  for (;;) {
    const text = await file.edit(context.io.env)
    if (text === original || text.trim() === '') {
      await messages.note('No changes.')
      return undefined
    }
    keep()
    const edited = await format.read(text, table).catch(problemOnly)
    const edits = findEdits(records, before, edited, { mayInsert: options.insert })
    const problems =
      edits.problems.length > 0 ? edits.problems : await unwritable(edits, open, call)
    if (problems.length === 0) return edits
    for (const { line, message } of problems.slice(0, MAX_REPORTED)) {
      await messages.say(line === undefined ? message : `line ${line}: ${message}`)
    }
    const more = problems.length - MAX_REPORTED
    if (more > 0) await messages.say(`and ${formatCount(more)} more such lines`)
    if (canAsk(context) && !options.yes && (await askYesOrNo(context, 'Edit again?'))) continue
    throw new UsageError('the edits are not valid; nothing was changed')
  }
}

/** Number of problems reported one by one. */
const MAX_REPORTED = 10

function problemOnly(error: unknown) {
  if (!(error instanceof InvalidInputError)) throw error
  return { rows: [], problems: [{ line: undefined, message: error.message }] }
}

/** The first edit that the gateway could not take, if any. */
async function unwritable({ updates, inserts }: Edits, { handle }: OpenTable, call: CallOptions) {
  try {
    await handle.preview.updateMany(updates, { ...call, limit: 0 })
    await handle.preview.insert(inserts, { ...call, limit: 0 })
    return []
  } catch (error) {
    const isOfRow = error instanceof InvalidInputError || error instanceof NotExpressibleError
    if (!isOfRow) throw error
    return [{ line: undefined, message: error.message }]
  }
}

async function writeEdits(session: Session, edits: Edits): Promise<ExitCode> {
  const { options, context, open, table } = session
  const { updates, inserts, removed } = edits
  const { messages } = context
  const deletes = options.delete ? removed : []
  const stays = removed.length - deletes.length
  if (stays > 0) {
    const were =
      stays === 1 ? 'was removed from the file and stays' : 'were removed from the file and stay'
    await messages.note(`${countOf(stays)} ${were}; to delete, pass --delete`)
  }
  const total = updates.length + inserts.length + deletes.length
  if (total > 0 || options.expect !== undefined) checkExpected('Change', total, options.expect)
  if (total === 0) {
    await messages.note('No changes.')
    return EXIT.ok
  }
  if (options.dryRun || !options.yes) await showEdits(session, { updates, inserts, deletes })
  if (options.dryRun) return EXIT.ok
  if (!options.yes) {
    const what = wordsOf(updates.length, inserts.length, deletes.length)
    const question = `${what} in "${table.name}" (${open.version})?`
    if (!(await askYesOrNo(context, question))) {
      throw new UsageError('not confirmed; nothing was changed')
    }
  }
  return await carryOut(context, writes(session, { updates, inserts, deletes }), {
    done: 'changed',
    table: table.name,
    version: open.version,
    acceptStored: options.acceptStored,
  })
}

interface Writes extends Pick<Edits, 'updates' | 'inserts'> {
  readonly deletes: readonly TableRecord[]
}

function wordsOf(updates: number, inserts: number, deletes: number): string {
  const parts = [
    ...(updates > 0 ? [`update ${countOf(updates)}`] : []),
    ...(inserts > 0 ? [`insert ${countOf(inserts)}`] : []),
    ...(deletes > 0 ? [`delete ${countOf(deletes)}`] : []),
  ]
  const text = parts.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

async function showEdits(
  { options, context, open, table, call }: Session,
  { updates, inserts, deletes }: Writes,
): Promise<void> {
  const { handle } = open
  const shown = options.dryRun ? context : { ...context, json: false, out: context.err }
  if (updates.length > 0) {
    await showPreview(shown, await handle.preview.updateMany(updates, call), table)
  }
  if (inserts.length > 0) {
    await showPreview(shown, await handle.preview.insert(inserts, call), table)
  }
  if (deletes.length > 0) {
    const ids = deletes.map(({ id }) => id)
    await showPreview(shown, await handle.preview.deleteById(ids, call), table)
  }
}

/** A record that changed since it was read is rejected. */
async function* writes(
  { open: { handle }, call }: Session,
  { updates, inserts, deletes }: Writes,
): AsyncGenerator<Outcome<unknown>, void, undefined> {
  if (updates.length > 0) yield* handle.updateMany(updates, call)
  if (inserts.length > 0) yield* handle.insertMany(inserts, call)
  const unchanged = deletes.map(({ id, values }) => ({
    id,
    isSame: (record: TableRecord) => stringifyJson(record.values) === stringifyJson(values),
  }))
  if (unchanged.length > 0) yield* deleteUnchanged(handle, unchanged, call)
}
