/** Edits of the page of records. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import {
  type CallOptions,
  type Client,
  type Outcome,
  type Preview,
  type PreviewedChange,
  stringifyJson,
  type TableHandle,
  type TableRecord,
  type Values,
} from '@chatlayer-tables/core'
import { cellToValue } from '@chatlayer-tables/files'
import type { EditedValues, PreviewEditParams } from '@chatlayer-tables/views'
import { deleteUnchanged } from '../../commands/records/delete-unchanged.ts'
import type { OpenBot } from '../../connection.ts'
import { describeFailure, UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import type { RunJournal } from '../../run-journal.ts'
import type { PageTable } from '../tables/page-tables.ts'
import type { ReviewedWrite, WriteDone, WritePreview, WriteRun } from './reviewed-write.ts'

/** One kind of edit. */
interface Edit {
  readonly verb: 'Insert' | 'Update' | 'Delete'
  preview(handle: TableHandle, call: CallOptions): Promise<Preview>
  write(
    handle: TableHandle,
    changes: readonly PreviewedChange[],
    call: CallOptions,
  ): AsyncIterable<Outcome<unknown>>
}

/** @throws UsageError or InvalidInputError for values that the columns cannot hold */
function editOf(params: PreviewEditParams, table: PageTable): Edit {
  if ('delete' in params) return deleting(params.delete)
  if ('insert' in params) return inserting(valuesOf(params.insert, table))
  return updating(params.update, valuesOf(params.set, table))
}

function updating(id: string, set: Values): Edit {
  return {
    verb: 'Update',
    preview: (handle, call) => handle.preview.updateMany([{ id, set }], { ...call, limit: 1 }),
    write: (handle, changes, call) =>
      handle.updateMany(
        changes.map(({ before }) => ({ id, set, before })),
        call,
      ),
  }
}

function inserting(values: Values): Edit {
  return {
    verb: 'Insert',
    preview: (handle, call) => handle.preview.insert([values], call),
    write: (handle, _, call) => handle.insertMany([values], call),
  }
}

function deleting(ids: readonly string[]): Edit {
  return {
    verb: 'Delete',
    preview: (handle, call) =>
      handle.preview.deleteById(ids, { ...call, limit: Number.POSITIVE_INFINITY }),
    write(handle, changes, call) {
      const unchanged = changes.map(({ id = '', before }) => ({
        id,
        isSame: ({ values }: TableRecord) => stringifyJson(values) === stringifyJson(before ?? {}),
      }))
      return deleteUnchanged(handle, unchanged, call)
    },
  }
}

/** Values as typed, read by the types of their columns as `--set` does. */
function valuesOf(typed: EditedValues, { definition }: PageTable): Values {
  const names = Object.keys(typed)
  if (names.length === 0) throw new UsageError('there are no values to write')
  return Object.fromEntries(
    names.map((name) => {
      const column = definition.columns.find((each) => each.name === name)
      if (column === undefined) {
        throw new UsageError(`"${definition.name}" has no column "${name}"`)
      }
      const text = typed[name] ?? null
      const type = columnTypeOf(column.type)
      return [name, text === null ? null : cellToValue(text, type, `values.${name}`)]
    }),
  )
}

export function editWrite(
  params: PreviewEditParams,
  table: PageTable,
  bot: OpenBot,
  journal: RunJournal,
): ReviewedWrite {
  const edit = editOf(params, table)
  const { definition, version } = table
  return {
    what: `${edit.verb} records of "${definition.name}" (${version})`,
    table: definition,
    version,
    canTick: (changes) => changes.length > 1,
    preview: async (call) => previewOf(await edit.preview(table.handle, call)),
    async write(changes, _, run) {
      const recording = await journal.begin(noteOf(run), bot.client)
      try {
        await using client = await bot.connect(recording)
        const outcome = await carryOut(edit, openAgain(client, table), changes, run)
        const sets = (await recording?.close()) ?? []
        return wordsOf(
          edit,
          table,
          outcome,
          sets.map(({ id }) => id),
        )
      } finally {
        await recording?.close()
      }
    },
  }
}

function noteOf({ note }: WriteRun): { note?: string } {
  return note === undefined ? {} : { note }
}

function openAgain(client: Client, { definition, version }: PageTable): TableHandle {
  return client.table(definition.id, { version })
}

function previewOf({ changes, counts }: Preview): WritePreview {
  return {
    changes: changes.filter(({ change }) => change !== 'unchanged'),
    unchanged: counts.unchanged,
    problems: [],
  }
}

interface Carried {
  readonly counts: Record<Outcome['status'], number>
  readonly problems: string[]
}

/** Number of problems named one by one. */
const MAX_REPORTED = 10

async function carryOut(
  edit: Edit,
  handle: TableHandle,
  changes: readonly PreviewedChange[],
  { signal, onProgress }: WriteRun,
): Promise<Carried> {
  const counts = { ok: 0, rejected: 0, unknown: 0 }
  const problems: string[] = []
  for await (const outcome of edit.write(handle, changes, { signal })) {
    counts[outcome.status]++
    onProgress(counts.ok + counts.rejected + counts.unknown)
    if (outcome.status === 'ok' || problems.length >= MAX_REPORTED) continue
    problems.push(describeFailure(outcome.error)?.message ?? outcome.error.message)
  }
  return { counts, problems }
}

function wordsOf(
  { verb }: Edit,
  { definition, version }: PageTable,
  { counts, problems }: Carried,
  changeSets: readonly string[],
): WriteDone {
  const done = `${verb === 'Insert' ? 'Inserted' : `${verb}d`} ${countOf(counts.ok)}`
  const failed = [
    ...(counts.rejected > 0 ? [`${counts.rejected} rejected`] : []),
    ...(counts.unknown > 0 ? [`${counts.unknown} with an unknown outcome`] : []),
  ]
  const sentences = [
    `${[done, ...failed].join(', ')} in "${definition.name}" (${version}).`,
    ...problems.map((problem) => `${problem}.`),
  ]
  return { message: sentences.join(' '), counts, changeSets }
}
