/** Brings the tables that a query reads up to date, as fresh as the query asks for. */
import type { CallOptions, Version } from '@chatlayer-tables/core'
import type { BotSchemas } from './bot-schemas.ts'
import { NoMirrorError } from './errors.ts'
import type { Freshness } from './freshness.ts'
import { describeHeld, type Held, isFreshEnough, roundedNotices, shapeNamed } from './held.ts'
import type { PreparedRead } from './prepare.ts'
import { type BotSchema, FILES } from './query-names.ts'
import type { QueryOptions } from './query-types.ts'
import { refresh } from './refresh.ts'
import type { Shape } from './shape.ts'
import type { Source } from './source.ts'
import type { MirrorState } from './state.ts'

export type PullOptions = CallOptions & {
  readonly version?: Version | undefined
  readonly onRecords?: ((records: number) => void) | undefined
}

export function bringUpToDate(
  schemas: BotSchemas,
  reads: readonly PreparedRead[],
  options: QueryOptions,
): Promise<Held[]> {
  return Promise.all(reads.map((read) => hold(schemas, read, options)))
}

/** The same after another process has changed a mirror: its state now is used where it is usable. */
export function bringUpToDateAgain(
  schemas: BotSchemas,
  reads: readonly PreparedRead[],
  options: QueryOptions,
): Promise<Held[]> {
  return Promise.all(
    reads.map((read) => {
      const { schema, name, columns } = read
      if (schema.kind === 'files') return hold(schemas, read, options)
      const shape = shapeNamed(schema, name)
      const state = schemas.file(schema).state(shape.tableId)
      const isUsable = isFreshEnough(state, shape, 'never')
      return isUsable ? describeHeld(schema, state, columns) : hold(schemas, read, options)
    }),
  )
}

async function hold(
  schemas: BotSchemas,
  { schema, name, columns }: PreparedRead,
  options: QueryOptions,
): Promise<Held> {
  if (schema.kind === 'files') {
    const table = schema.tables.find((held) => held.name === name)
    return {
      source: undefined,
      state: undefined,
      notices: roundedNotices(`${FILES}.${name}`, table?.rounded ?? {}, columns),
    }
  }
  const shape = shapeNamed(schema, name)
  const { fresh = 'always', signal, onProgress } = options
  const held = schemas.file(schema).state(shape.tableId)
  const state = isFreshEnough(held, shape, fresh)
    ? held
    : await refreshOrThrow(schemas, schema, shape, fresh, {
        signal,
        onRecords: onProgress && ((records) => onProgress(shape.table, records)),
      })
  return describeHeld(schema, state, columns)
}

async function refreshOrThrow(
  schemas: BotSchemas,
  schema: BotSchema,
  shape: Shape,
  fresh: Freshness,
  call: PullOptions,
): Promise<MirrorState> {
  if (fresh === 'never') {
    throw new NoMirrorError(`"${shape.table}" (${schema.version}) was never read`, {
      hint: 'Query once with another freshness than "never".',
    })
  }
  const source = sourceFor(schemas, schema, shape, call)
  const state = await refresh(source)
  source.file.keepOnly(new Set(schema.tables.map(({ id }) => id)))
  return state
}

export function sourceFor(
  schemas: BotSchemas,
  schema: BotSchema,
  shape: Shape,
  { signal, timeoutMs, onRecords }: PullOptions,
): Source {
  const { client } = schema.connection
  return {
    client,
    handle: client.table(shape.tableId, { version: schema.version }),
    shape,
    file: schemas.file(schema),
    call: { signal, timeoutMs },
    onRecords,
  }
}
