/** Checks that a job which is resumed is about the same connection, table and input as when it began. */
import { InvalidInputError, type Table, type Version } from '@chatlayer-tables/core'
import type { ResumedJob, TransferSituation } from '../errors/situations.ts'
import { type Fingerprint, fingerprintDifference } from './fingerprint.ts'
import type { JobConnection } from './job-types.ts'

/**
 * @param what belongs to the connection, such as `the job`
 * @throws InvalidInputError naming what is not as it was when the job began
 */
export function checkConnection(
  what: string,
  before: { readonly connection: JobConnection; readonly version?: Version },
  now: JobConnection,
  version?: Version,
): void {
  const differences = connectionDifferences(before.connection, now)
  if (before.version !== undefined && version !== before.version) {
    differences.push(`version was "${before.version}" and is "${version}"`)
  }
  if (differences.length === 0) return
  throw new InvalidInputError(`${what} belongs to another connection: ${differences.join('; ')}`, {
    hint: 'Use the connection that the job was started with.',
  })
}

/** The differences between two connections, in words. */
export function connectionDifferences(before: JobConnection, now: JobConnection): string[] {
  return [
    difference('gateway', before.origin, now.origin),
    difference('team', before.teamId, now.teamId),
    difference('bot', before.botId, now.botId),
  ].filter((text) => text !== undefined)
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkInput(
  input: { readonly name: string; readonly fingerprint: Fingerprint },
  now: Fingerprint,
  data: ResumedJob,
): void {
  const changed = fingerprintDifference(input.fingerprint, now)
  if (changed === undefined) return
  const situation: TransferSituation = { code: 'INPUT_CHANGED', data }
  throw new InvalidInputError(`${input.name} has changed since the job started: ${changed}`, {
    hint: 'To continue, restore the file as it was.',
    situation,
  })
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkTable(
  before: Pick<Table, 'id' | 'name' | 'columns'>,
  now: Table,
  situation: Extract<
    TransferSituation,
    { code: 'TABLE_DEFINITION_CHANGED' | 'SYNC_TABLE_CHANGED' }
  >,
): void {
  const differences = tableDifferences(before, now)
  if (differences.length === 0) return
  throw new InvalidInputError(
    `the table "${before.name}" has changed since the job started: ${differences.join('; ')}`,
    { hint: 'To continue, change the table back.', situation },
  )
}

/** The changes of a table's definition, in words; its name may change. */
function tableDifferences(before: Pick<Table, 'id' | 'columns'>, now: Table): string[] {
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
