/** The present mirror of a table: whether it is fresh enough, and its notices. Pure. */
import type { Freshness } from './freshness.ts'
import type { BotSchema } from './query-names.ts'
import type { QuerySource } from './query-types.ts'
import type { Shape } from './shape.ts'
import type { MirrorState } from './state.ts'

export interface Held {
  readonly source: QuerySource | undefined
  /** Undefined for a file. */
  readonly state: MirrorState | undefined
  readonly notices: readonly string[]
}

export function shapeNamed(schema: BotSchema, name: string): Shape {
  const shape = schema.shapes.find((held) => held.name === name)
  if (shape === undefined) throw new Error(`no shape of ${name}`)
  return shape
}

export function isFreshEnough(
  state: MirrorState | undefined,
  shape: Shape,
  fresh: Freshness,
): state is MirrorState {
  if (state === undefined || fresh === 'always') return false
  if (JSON.stringify(state.shape) !== JSON.stringify(shape)) return false
  if (fresh === 'never') return true
  const age = Date.now() - Date.parse(state.asOf)
  return state.complete && age >= 0 && age < fresh
}

export function namesOf(
  schema: BotSchema,
  shape: Shape,
): Pick<QuerySource, 'table' | 'name' | 'profile' | 'version'> {
  const { profile, version } = schema
  return { table: shape.table, name: `${schema.name}.${shape.name}`, profile, version }
}

export function sourceOf(schema: BotSchema, state: MirrorState): QuerySource {
  const { asOf, complete, records, shape } = state
  return { ...namesOf(schema, shape), asOf, complete, records }
}

export function describeHeld(
  schema: BotSchema,
  state: MirrorState,
  columns: readonly string[],
): Held {
  const source = sourceOf(schema, state)
  const notices = roundedNotices(source.name, state.rounded, columns)
  if (!state.complete) {
    notices.unshift(
      `"${source.table}" (${source.version}) kept changing while it was read: records may be missing`,
    )
  }
  return { source, state, notices }
}

export function roundedNotices(
  table: string,
  rounded: Readonly<Record<string, number>>,
  columns: readonly string[],
): string[] {
  const read = Object.entries(rounded).filter(([column]) => columns.includes(column))
  return read.map(
    ([column, count]) =>
      `${table}.${column}: ${count} ${count === 1 ? 'value has' : 'values have'} more digits than SQLite's numbers keep, and ${count === 1 ? 'is' : 'are'} rounded`,
  )
}
