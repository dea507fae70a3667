/** Sentences about an empty result, which would otherwise hide that the records are elsewhere. */
import type { Version } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import { openVersion } from '../call/open-table.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { grouped } from '../result/sentences.ts'
import type { Where } from './where-walk.ts'

/** For a table without records in this version: how many the other version has, and how to read them. */
export async function emptyTableNotice(
  table: GuardedTable,
  context: CallContext,
  language: 'tools' | 'sql' = 'tools',
): Promise<string> {
  const other = otherVersion(table, context)
  const name = JSON.stringify(table.definition.name)
  const records = await other.count()
  if (records === 0) return `${name} is empty in DRAFT and in LIVE.`
  const ask = language === 'sql' ? sqlReference(other) : await referenceTo(other, context)
  return `${name} is empty in ${table.version}; ${other.version} has ${grouped(records, 'record')}: query ${ask}.`
}

/** For a query without a match: whether there are records at all, and matches in the other version. */
export async function noMatchNotice(
  table: GuardedTable,
  where: Where | undefined,
  context: CallContext,
): Promise<string> {
  const records = where === undefined ? 0 : await table.count()
  if (records === 0) return emptyTableNotice(table, context)
  const none = `None of the ${grouped(records, 'record')} in ${table.version} matches`
  const other = otherVersion(table, context)
  const matches = await other.countIfCheap(where)
  if (matches === undefined || matches === 0) return `${none}.`
  const ask = await referenceTo(other, context)
  return `${none}; in ${other.version} ${matches === 1 ? '1 does' : `${grouped(matches)} do`}: query ${ask}.`
}

function otherVersion({ visible, version }: GuardedTable, context: CallContext): GuardedTable {
  return openVersion(context, visible, version === 'DRAFT' ? 'LIVE' : 'DRAFT')
}

/** How an argument refers to a table in its version: by the id if the name is not unique. */
async function referenceTo(
  { definition: { id, name }, version }: GuardedTable,
  { catalog, signal }: CallContext,
): Promise<string> {
  const named = (await catalog.visible(signal)).filter(({ table }) => table.name === name)
  return JSON.stringify(`${named.length > 1 ? id : name}@${version.toLowerCase()}`)
}

function sqlReference({
  definition: { name },
  version,
}: {
  definition: { name: string }
  version: Version
}): string {
  const quoted = /^[a-z_]\w*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`
  return `${version.toLowerCase()}.${quoted}`
}
