/** Decodes records of the wire by column type. Lenient: nothing here throws. */
import type { ColumnType, Table, WireRecord } from '@chatlayer-tables/contract'
import type { JsonValue, TableRecord, Value, Values } from '../types.ts'
import { plainDecimal } from './decimal.ts'
import { isRawNumber, MAX_BIGINT_DIGITS } from './json.ts'
import { setOwn } from './own.ts'
import { columnsOf } from './table-shape.ts'
import { readTimestamp } from './timestamp.ts'

type Column = readonly [name: string, type: ColumnType | undefined]

/** Prepared once per table to decode its records. */
export interface Decoder {
  readonly columns: readonly Column[]
  /** Columns whose values on the wire may differ from decoded values. */
  readonly changed: readonly Column[]
  readonly names: ReadonlySet<string>
}

const SAME_ON_THE_WIRE = new Set<ColumnType | undefined>([undefined, 'text', 'uuid', 'jsonb'])

const decoders = new WeakMap<Table, Decoder>()

/** The decoder of a table, prepared once per table object. */
export function decoderOf(table: Table): Decoder {
  let decoder = decoders.get(table)
  if (decoder === undefined) {
    const columns = [...columnsOf(table).values()].map(({ name, known }): Column => [name, known])
    const changed = columns.filter(([, type]) => !SAME_ON_THE_WIRE.has(type))
    decoder = { columns, changed, names: new Set(columns.map(([name]) => name)) }
    decoders.set(table, decoder)
  }
  return decoder
}

/**
 * Decodes a record, with values in the table's column order. A column that is missing on the wire
 * is null; a value that is not of its column's type, and one under an unknown name, is kept
 * unchanged. The wire's record must not be used afterwards: its values may become the record's.
 */
export function decodeRecord(wire: WireRecord, decoder: Decoder): TableRecord {
  const values = hasItsColumns(wire.values, decoder)
    ? decodeInPlace(wire.values as Values, decoder)
    : decodeCopy(wire.values, decoder)
  return { id: wire.id, createdAt: wire.createdAt ?? '', updatedAt: wire.updatedAt ?? '', values }
}

/** Whether the values are exactly those of the table's columns, in their order: the usual case. */
function hasItsColumns(values: WireRecord['values'], { columns }: Decoder): boolean {
  let index = 0
  for (const name in values) {
    if (columns[index]?.[0] !== name) return false
    index += 1
  }
  return index === columns.length
}

function decodeInPlace(values: Values, { changed }: Decoder): Values {
  for (const [name, type] of changed) {
    const value = values[name]
    const decoded = decodeValue(value, type)
    if (!Object.is(decoded, value)) setOwn(values, name, decoded)
  }
  return values
}

function decodeCopy(wire: WireRecord['values'], decoder: Decoder): Values {
  const values: Values = {}
  for (const [name, type] of decoder.columns) {
    const value = Object.hasOwn(wire, name) ? wire[name] : null
    setOwn(values, name, decodeValue(value, type))
  }
  for (const name of Object.keys(wire)) {
    if (!decoder.names.has(name)) setOwn(values, name, wire[name] as JsonValue)
  }
  return values
}

/** Decodes one value by its column type, see the table at {@link Value}. */
export function decodeValue(value: unknown, type: ColumnType | undefined): Value {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'int':
      return decodeInt(value) ?? (value as JsonValue)
    case 'numeric':
      return decodeNumeric(value) ?? (value as JsonValue)
    case 'bool':
      return decodeBool(value) ?? (value as JsonValue)
    case 'timestamp':
      return decodeTimestamp(value) ?? (value as JsonValue)
    default:
      return value as JsonValue
  }
}

function decodeInt(value: unknown): number | bigint | undefined {
  if (typeof value === 'string') {
    // Longer ones are not ints of any gateway, and converting them takes quadratic time.
    const isInt = value.length <= MAX_BIGINT_DIGITS && /^[+-]?\d+$/.test(value)
    return isInt ? narrow(BigInt(plainDecimal(value) ?? value)) : undefined
  }
  if (typeof value === 'bigint') return narrow(value)
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
  return Number.isSafeInteger(value) ? value + 0 : BigInt(value)
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function decodeNumeric(value: unknown): string | undefined {
  if (value === 'NaN') return value
  if (typeof value === 'string') return plainDecimal(value)
  if (typeof value === 'number' || typeof value === 'bigint') return plainDecimal(String(value))
  return isRawNumber(value) ? plainDecimal(value.rawJSON) : undefined
}

function decodeBool(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 't') return true
  if (value === 'false' || value === 'f') return false
  return undefined
}

function decodeTimestamp(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const reading = readTimestamp(value)
  return reading.ok ? reading.text : undefined
}
