/** What a job of an import keeps of what it was asked to do, and whether that still holds. */
import {
  type GatewayMoment,
  InvalidInputError,
  type Table,
  type Version,
} from '@chatlayer-tables/core'
import { type Fingerprint, fingerprintDifference } from '../job/fingerprint.ts'
import type { ImportConnection, ImportSettings } from './import-types.ts'

export interface ImportFacts {
  readonly kind: 'import'
  /** ISO 8601. */
  readonly createdAt: string
  readonly connection: ImportConnection
  readonly table: Pick<Table, 'id' | 'name' | 'columns'>
  readonly version: Version
  readonly input: {
    /** As it is called in messages and in the names of the files beside it. */
    readonly name: string
    /** Absolute; undefined for standard input, which the job keeps a copy of. */
    readonly path?: string | undefined
    readonly fingerprint: Fingerprint
    /** How many there are; undefined where each run reads them all before it writes, as by key. */
    readonly rows?: number | undefined
  }
  readonly settings: ImportSettings
  /** Records in the table before anything was written; undefined where that could not be found out. */
  readonly countBefore?: number | undefined
  /** The gateway's time before anything was written, as far as its responses showed it. */
  readonly moment?: GatewayMoment | undefined
}

/** @throws InvalidInputError when the job is none of an import */
export function importFacts(job: string, facts: unknown): ImportFacts {
  if (typeof facts === 'object' && facts !== null && 'kind' in facts && facts.kind === 'import') {
    // Written by this program under the same format, which the database's version vouches for.
    return facts as ImportFacts
  }
  throw new InvalidInputError(`job ${job} is no import`)
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkConnection(
  { connection: before, version: versionBefore }: Pick<ImportFacts, 'connection' | 'version'>,
  now: ImportConnection,
  version: Version,
): void {
  const differences = [
    ...connectionDifferences(before, now),
    difference('version', versionBefore, version),
  ].filter((text) => text !== undefined)
  if (differences.length === 0) return
  throw new InvalidInputError(`the job belongs to another connection: ${differences.join('; ')}`, {
    hint: 'Set the connection that the job was begun with.',
  })
}

/** In what two connections differ, in words. */
export function connectionDifferences(before: ImportConnection, now: ImportConnection): string[] {
  return [
    difference('gateway', before.origin, now.origin),
    difference('team', before.teamId, now.teamId),
    difference('bot', before.botId, now.botId),
  ].filter((text) => text !== undefined)
}

/** A job that is resumed. */
export interface ResumedJob {
  readonly id: string
  /** Whether an earlier run may have written something. */
  readonly mayHaveWritten: boolean
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkInput(
  { input }: Pick<ImportFacts, 'input'>,
  now: Fingerprint,
  job: ResumedJob,
): void {
  const changed = fingerprintDifference(input.fingerprint, now)
  if (changed === undefined) return
  throw new InvalidInputError(`${input.name} has changed since the job began: ${changed}`, {
    hint: `To continue, restore the file as it was. ${beginAgain(job, 'To write the changed file instead')}`,
  })
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkTable(
  { table: before }: Pick<ImportFacts, 'table'>,
  now: Table,
  job: ResumedJob,
): void {
  const differences = tableDifferences(before, now)
  if (differences.length === 0) return
  throw new InvalidInputError(
    `the table "${before.name}" has changed since the job began: ${differences.join('; ')}`,
    {
      hint: `To continue, change the table back. ${beginAgain(job, 'To write into the table as it is now')}`,
    },
  )
}

/** How to begin again so that nothing is written twice. @param what it is for, such as `To …` */
export function beginAgain({ id, mayHaveWritten }: ResumedJob, what: string): string {
  return mayHaveWritten
    ? `${what}, first undo what the job wrote: clt changes undo --job ${id}`
    : `${what}, remove the job, which has written nothing: clt jobs rm ${id}`
}

/** In what a table's definition is not as it was, in words; its name may change. */
export function tableDifferences(before: Pick<Table, 'id' | 'columns'>, now: Table): string[] {
  const types = new Map(now.columns.map(({ name, type }) => [name, type]))
  const known = new Set(before.columns.map(({ name }) => name))
  return [
    difference('its id', before.id, now.id),
    ...before.columns.map(({ name, type }) =>
      types.has(name)
        ? difference(`the type of column "${name}"`, type, types.get(name))
        : `column "${name}" is gone`,
    ),
    ...now.columns
      .filter(({ name }) => !known.has(name))
      .map(({ name, type }) => `column "${name}" (${type}) is new`),
  ].filter((text) => text !== undefined)
}

function difference(what: string, before: string, now: string | undefined): string | undefined {
  return before === now ? undefined : `${what} was "${before}" and is "${now}"`
}
