/** Rows of the database as the journal's own. */

import {
  changeOf,
  kindCode,
  type StoredChange,
  type StoredSet,
  setOfRow,
} from '@chatlayer-tables/journal/store'
import { unpackId } from '@chatlayer-tables/local'
import type { Row } from '../database.ts'
import { decodeId, decodeText } from '../encoding.ts'

const KINDS = ['inserted', 'updated', 'deleted'] as const

export function changeOfRow(row: Row): StoredChange {
  const record = row.record === null ? null : decodeId(row.record as Buffer)
  return changeOf({ ...row, record, problem: decoded(row.problem) })
}

/** Columns of sets that hold texts of others. */
const TEXTS = ['id', 'writer', 'tool', 'client', 'command', 'note', 'origin', 'team', 'bot'].concat(
  ['table_id', 'table_name', 'undoes', 'job', 'principal', 'host'],
)

export function storedSetOfRow(row: Row): StoredSet {
  return setOfRow({
    ...row,
    ...Object.fromEntries(TEXTS.map((name) => [name, decoded(row[name])])),
  })
}

export function kindOfRow({ n, kind: code }: Row): StoredChange['kind'] {
  const kind = KINDS.find((each) => kindCode(each) === code)
  if (kind === undefined) throw new Error(`invalid change ${String(n)}: kind ${String(code)}`)
  return kind
}

export function idOfRow(record: unknown): string | undefined {
  return record === null ? undefined : unpackId(decodeId(record as Buffer))
}

/** Numbers of 64 bits arrive as texts. */
export function optionalNumber(value: unknown): number | undefined {
  return value === null ? undefined : Number(value)
}

export function optionalText(value: unknown): string | undefined {
  return value === null ? undefined : decodeText(String(value))
}

function decoded(value: unknown): unknown {
  return typeof value === 'string' ? decodeText(value) : value
}
