/** Adds change sets. */
import { hostname } from 'node:os'
import type { NewSet } from '@chatlayer-tables/journal/store'
import type { Run } from '../database.ts'
import { encodeOptional, encodeText } from '../encoding.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import { NUMBERS_LOCK } from './commit.ts'
import { byteLength, SET_BYTES } from './sizes.ts'

/** @returns the number of the set: higher than that of any set before */
export async function addSet(set: NewSet, run: Run): Promise<number> {
  const { connection, table, moment } = set
  const columns = JSON.stringify(table.columns)
  const [row] = await run(ADD, [
    NUMBERS_LOCK,
    SET_BYTES + byteLength(columns) + byteLength(set.note),
    ...[set.begun, moment?.records ?? moment?.dates ?? null, set.call ?? null],
    ...[encodeText(set.id), encodeText(set.writer), encodeText(set.tool)],
    ...[set.client, set.command, set.note].map(encodeOptional),
    ...[connection.origin, connection.teamId, connection.botId].map(encodeText),
    ...[encodeText(table.id), encodeText(table.name), columns, encodeText(set.version)],
    ...[set.undoes, set.job, set.principal].map(encodeOptional),
    encodeText(hostname()),
  ])
  return Number(row?.n)
}

/** The lock is held until the commit, so that sets appear in the order of their numbers. */
const ADD = `
  with numbers as materialized (select pg_advisory_xact_lock($1, 0))
  insert into ${JOURNAL.sets} (n, bytes, begun, gateway_begun, call, id, writer, tool, client, command,
    note, origin, team, bot, table_id, table_name, columns, version, undoes, job, principal,
    host)
  select nextval('${JOURNAL.setNumbers}'), $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6, $7, $8,
    $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22
  from numbers returning n`
