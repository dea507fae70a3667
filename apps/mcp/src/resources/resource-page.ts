/** Pages of the list of resources. */
import type { ListResourcesResult, Resource } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { DATA_MARK, DATA_NOTICE, oneLine } from '../result/untrusted.ts'
import type { VisibleTable } from './tables.ts'

const TABLES_PER_PAGE = 50

/** A kind of resource that exists for every table. */
export interface ResourceKind {
  readonly part: 'definition' | 'sample'
  readonly title: string
  readonly about: string
}

export type ResourcePage = Pick<ListResourcesResult, 'resources' | 'nextCursor' | '_meta'>

/**
 * The page after a cursor. The cursor holds the last table of the previous page, so that tables created
 * or deleted in between do not shift the others.
 *
 * @param tables in the order of {@link keyOf}
 * @returns undefined for an invalid cursor
 */
export function resourcePage(
  tables: readonly VisibleTable[],
  kinds: readonly ResourceKind[],
  cursor: string | undefined,
): ResourcePage | undefined {
  const after = cursor === undefined ? undefined : readCursor(cursor)
  if (cursor !== undefined && after === undefined) return undefined
  const rest = tables.filter((table) => after === undefined || isAfter(keyOf(table), after))
  const shown = rest.slice(0, TABLES_PER_PAGE)
  const last = shown.at(-1)
  return {
    resources: shown.flatMap((table) => kinds.map((kind) => resourceOf(table, kind))),
    _meta: DATA_MARK,
    ...(last !== undefined && rest.length > shown.length
      ? { nextCursor: Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') }
      : {}),
  }
}

type Key = readonly [name: string, reference: string]

function keyOf({ name, reference }: VisibleTable): Key {
  return [name, reference]
}

function isAfter([name, reference]: Key, [lastName, lastReference]: Key): boolean {
  return name > lastName || (name === lastName && reference > lastReference)
}

const Cursor = z.tuple([z.string(), z.string()])

function readCursor(cursor: string): Key | undefined {
  try {
    return Cursor.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString())).data
  } catch {
    return undefined
  }
}

function resourceOf(table: VisibleTable, { part, title, about }: ResourceKind): Resource {
  return {
    uri: `table://${encodeURIComponent(table.reference)}/${part}`,
    name: `${oneLine(table.name)} ${part}`,
    title: `${oneLine(table.name)}: ${title}`,
    description: [about, ...ownDescription(table), DATA_NOTICE].join(' '),
    mimeType: 'application/json',
  }
}

/** In quotes, because it is untrusted text. */
function ownDescription({ description }: VisibleTable): string[] {
  return description ? [`Its description: ${JSON.stringify(description)}.`] : []
}
