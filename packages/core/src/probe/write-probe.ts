/**
 * The settings that only writes can show, on a scratch table. Every record of the probe carries a
 * mark in a text column, and is deleted by that mark at the end; other records are not changed.
 */
import { randomUUID } from 'node:crypto'
import {
  columnTypeOf,
  type Dialect,
  deleteAction,
  type Filter,
  insertAction,
  updateAction,
  wireField,
  wireFilter,
} from '@chatlayer-tables/contract'
import { InvalidInputError, UnexpectedAnswerError } from '../errors.ts'
import type { Asking, ProbeResult } from './asking.ts'
import { type Finding, learned, notLearned, type SettingName } from './finding.ts'

/**
 * @param cleaning sends requests without the caller's signal and timeout, so that nothing is left
 *   behind
 * @throws InvalidInputError when the scratch table is not suitable; UnexpectedAnswerError when the
 *   probe's records could not be deleted
 */
export async function probeByWriting(asking: Asking, cleaning: Asking): Promise<Finding[]> {
  const texts = asking.table.columns.filter(({ type }) => columnTypeOf(type) === 'text')
  const [column, spare] = texts.map(({ name }) => name)
  if (column === undefined) {
    throw new InvalidInputError(`the scratch table "${asking.table.name}" has no text column`, {
      field: 'scratchTable',
      hint: 'Create a table with two text columns in the web app, used only for probing.',
    })
  }
  const scratch = createScratch(asking, column)
  let findings: Finding[]
  try {
    findings = await askByWriting(scratch, spare)
  } catch (error) {
    // The first error matters more than a failed cleanup.
    await scratch.clean(cleaning).catch(() => {})
    throw error
  }
  await scratch.clean(cleaning)
  return findings
}

async function askByWriting(scratch: Scratch, spare: string | undefined): Promise<Finding[]> {
  const { trail } = scratch.asking
  const questions: readonly [SettingName, () => Promise<Finding>][] = [
    ['insertAnswer', () => insertAnswer(scratch)],
    ['nullEncoding', () => nullEncoding(scratch, spare)],
    ['nulInText', () => nulInText(scratch, spare)],
    ['timestampPrecision', () => timestampPrecision(scratch)],
    ['timestampZone', () => timestampZone(scratch)],
    ['changeAnswer', () => changeAnswer(scratch)],
    ['emptyFilter', () => emptyFilter(scratch)],
    ['versions', () => versions(scratch)],
  ]
  const findings: Finding[] = []
  for (const [setting, ask] of questions) findings.push(await trail.learn(setting, ask))
  await showMore(scratch)
  return findings
}

type Scratch = ReturnType<typeof createScratch>

function createScratch(asking: Asking, column: string) {
  const own = `probe ${randomUUID()}`
  const marks: string[] = []
  const byMark = (mark: string): Filter => wireFilter({ name: column, type: 'text' }, 'eq', mark)

  return {
    asking,
    byMark,
    /** The field with a mark that no record has yet. */
    mark() {
      const mark = `${own} ${marks.length}`
      marks.push(mark)
      return { mark, field: wireField(column, 'text', mark) }
    },
    markOf: (record: { readonly values: Readonly<Record<string, unknown>> }) =>
      record.values[column],
    isOwn(record: { readonly values: Readonly<Record<string, unknown>> }): boolean {
      const mark = record.values[column]
      return typeof mark === 'string' && mark.startsWith(own)
    },
    /** Deletes the marked records, after a read has shown that the mark matches no other record. */
    async clean(cleaning: Asking): Promise<void> {
      for (const mark of marks) {
        const found = await cleaning.select([byMark(mark)])
        const isOnly = found !== 'refused' && found.records.every((r) => r.values[column] === mark)
        if (isOnly && found.records.length === 0) continue
        const action = deleteAction([byMark(mark)])
        if (isOnly && (await cleaning.perform(action, true)) !== 'refused') continue
        throw new UnexpectedAnswerError('the records of the probe could not be deleted', {
          hint: `Delete the records of "${asking.table.name}" whose ${column} starts with "probe".`,
        })
      }
    },
  }
}

async function insertAnswer({ asking, mark, markOf }: Scratch): Promise<Finding> {
  const { mark: own, field } = mark()
  const result = await asking.perform(insertAction([field]))
  if (result === 'refused') return notLearned('insertAnswer', 'an insert was rejected')
  const [record, ...others] = result.records
  if (record === undefined) {
    return learned('insertAnswer', 'none', 'an insert returned no record')
  }
  if (others.length === 0 && markOf(record) === own) {
    return learned('insertAnswer', 'record', 'an insert returned the new record')
  }
  return notLearned('insertAnswer', `an insert returned ${result.records.length} records`)
}

const NO_SPARE = 'the scratch table has no second text column'

/** The stored form of a value in the second text column; undefined when it is rejected. */
async function stored(
  { asking, mark, byMark }: Scratch,
  spare: string,
  value: string | null,
): Promise<{ value: unknown } | undefined> {
  const { mark: own, field } = mark()
  const action = insertAction([field, wireField(spare, 'text', value)])
  if ((await asking.perform(action)) === 'refused') return undefined
  const found = await asking.select([byMark(own)])
  const [record] = found === 'refused' ? [] : found.records
  return record === undefined ? undefined : { value: record.values[spare] ?? null }
}

async function nullEncoding(scratch: Scratch, spare: string | undefined): Promise<Finding> {
  if (spare === undefined) return notLearned('nullEncoding', NO_SPARE)
  const forms = { json: null, empty: '', word: 'null' } as const
  for (const encoding of Object.keys(forms) as (keyof typeof forms)[]) {
    if ((await stored(scratch, spare, forms[encoding]))?.value !== null) continue
    const seen = `a value written as ${encoding} was read as null`
    return learned('nullEncoding', encoding, seen)
  }
  const seen = 'neither JSON null, "" nor "null" was read as null'
  return learned('nullEncoding', 'omit', seen)
}

async function nulInText(scratch: Scratch, spare: string | undefined): Promise<Finding> {
  if (spare === undefined) return notLearned('nulInText', NO_SPARE)
  const text = 'a\0b'
  const kept = await stored(scratch, spare, text)
  if (kept === undefined) return learned('nulInText', 'refused', 'text with U+0000 was rejected')
  return kept.value === text
    ? learned('nulInText', 'kept', 'text with U+0000 was stored unchanged')
    : notLearned('nulInText', 'text with U+0000 was accepted and changed')
}

/** Stores a value with microseconds, and reads it again. */
async function timestampPrecision({ asking, mark, byMark }: Scratch): Promise<Finding> {
  const column = asking.table.columns.find(({ type }) => columnTypeOf(type) === 'timestamp')
  if (column === undefined) {
    return notLearned('timestampPrecision', 'the scratch table has no timestamp column')
  }
  const { mark: own, field } = mark()
  const action = insertAction([field, wireField(column.name, 'timestamp', FINE_TIMESTAMP)])
  if ((await asking.perform(action)) === 'refused') {
    return notLearned('timestampPrecision', 'a timestamp with microseconds was rejected')
  }
  const found = await asking.select([byMark(own)])
  const [record] = found === 'refused' ? [] : found.records
  const [, fraction = ''] = /:56(?:\.(\d+))?/.exec(String(record?.values[column.name])) ?? []
  const digits = fraction.replace(/0+$/, '').length
  const seen = `a timestamp with microseconds was stored with ${digits} digits of a second`
  if (record === undefined || digits > 6) return notLearned('timestampPrecision', seen)
  if (digits > 3) return learned('timestampPrecision', 'microseconds', seen)
  return learned('timestampPrecision', digits > 0 ? 'milliseconds' : 'seconds', seen)
}

/** Stores a moment with a zone, and filters by both readings of it. */
async function timestampZone({ asking, mark, markOf }: Scratch): Promise<Finding> {
  const column = asking.table.columns.find(({ type }) => columnTypeOf(type) === 'timestamp')
  if (column === undefined) {
    return notLearned('timestampZone', 'the scratch table has no timestamp column')
  }
  const { mark: own, field } = mark()
  const action = insertAction([field, wireField(column.name, 'timestamp', ZONED.written)])
  if ((await asking.perform(action)) === 'refused') {
    return notLearned('timestampZone', 'a timestamp with a zone was rejected')
  }
  const isStoredAs = async (time: string) => {
    const at = wireFilter({ name: column.name, type: 'timestamp' }, 'eq', time)
    const found = await asking.select([at])
    return found !== 'refused' && found.records.some((record) => markOf(record) === own)
  }
  if (await isStoredAs(ZONED.converted)) {
    return learned('timestampZone', 'converted', 'the zone of a timestamp was converted to UTC')
  }
  return (await isStoredAs(ZONED.dropped))
    ? learned('timestampZone', 'dropped', 'the zone of a timestamp was dropped')
    : notLearned('timestampZone', 'no filter found a timestamp written with a zone')
}

/** One moment, and its readings in UTC. */
const ZONED = {
  written: '2024-01-31T12:34:56+02:00',
  converted: '2024-01-31T10:34:56Z',
  dropped: '2024-01-31T12:34:56Z',
} as const

/** Whether a record that is written in one version is found in the other. */
async function versions({ asking, mark, byMark }: Scratch): Promise<Finding> {
  const { mark: own, field } = mark()
  await asking.perform(insertAction([field]))
  const here = await asking.find(byMark(own))
  const there = await asking.inOtherVersion().find(byMark(own))
  if (here?.length !== 1 || there === undefined) {
    return notLearned('versions', 'a record that was written could not be found again')
  }
  return there.length === 0
    ? learned('versions', 'separate', 'a record written in one version was not in the other')
    : learned('versions', 'shared', 'a record written in one version was in the other as well')
}

/** What writes do that no setting depends on. Asked only for a recorder. */
async function showMore({ asking, mark, byMark }: Scratch): Promise<void> {
  const { trail } = asking
  const [one, two, three] = [mark(), mark(), mark()]
  await trail.show('insert-one-record', async () => {
    await asking.perform(insertAction([one.field]))
    await asking.find(byMark(one.mark))
  })
  await trail.show('filters-select', async () => {
    await asking.perform(insertAction([two.field]))
    await asking.perform(updateAction([byMark(two.mark)], [three.field]))
    for (const { mark: own } of [three, one]) await asking.find(byMark(own))
  })
  await trail.show('delete-answer', async () => {
    const found = await asking.find(byMark(three.mark))
    if (found?.length === 1) await asking.perform(deleteAction([byMark(three.mark)]))
    for (const { mark: own } of [three, one]) await asking.find(byMark(own))
  })
}

/** Its fraction ends in a non-zero digit, whether it is truncated or rounded. */
const FINE_TIMESTAMP = '2024-01-31T12:34:56.123456Z'

async function changeAnswer({ asking, mark, markOf, byMark }: Scratch): Promise<Finding> {
  const [twice, other, changed] = [mark(), mark(), mark()]
  for (const { field } of [twice, twice, other]) await asking.perform(insertAction([field]))
  const found = await asking.find(byMark(twice.mark))
  if (found?.length !== 2) {
    return notLearned('changeAnswer', 'a filter on text did not find the two expected records')
  }
  const action = updateAction([byMark(twice.mark)], [changed.field])
  const result = await asking.perform(action)
  if (result === 'refused') return notLearned('changeAnswer', 'an update by filter was rejected')
  const { length } = result.records
  if (length === 0) {
    const [value, what]: [Dialect['changeAnswer'], string] =
      result.total === 2 ? ['count', 'their number'] : ['none', 'neither']
    return learned('changeAnswer', value, `an update of two records returned ${what}`)
  }
  return length === 2 && result.records.every((record) => markOf(record) === changed.mark)
    ? learned('changeAnswer', 'records', 'an update of two records returned both')
    : notLearned('changeAnswer', `an update of two records returned ${length}, or as they were`)
}

/** Runs only on a table that holds no other records. */
async function emptyFilter({ asking, mark, markOf, isOwn }: Scratch): Promise<Finding> {
  const before = await asking.page(0)
  const areOwn = before.records.every(isOwn) && (before.total ?? 0) <= before.records.length
  if (!areOwn) {
    const why = 'the scratch table holds other records, which the test would change'
    return notLearned('emptyFilter', why)
  }
  const { mark: all, field } = mark()
  const result: ProbeResult = await asking.perform(updateAction([], [field]))
  if (result === 'refused') {
    return learned('emptyFilter', 'refused', 'an update without filters was rejected')
  }
  const { records } = await asking.page(0)
  const hit = records.filter((record) => markOf(record) === all).length
  if (hit === records.length) {
    return learned('emptyFilter', 'all', 'an update without filters changed every record')
  }
  const seen = `an update without filters changed ${hit} of ${records.length} records`
  return hit === 0 ? learned('emptyFilter', 'none', seen) : notLearned('emptyFilter', seen)
}
