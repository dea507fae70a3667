/**
 * Infers the column types of a seed without a schema: the narrowest that keep every value's
 * meaning.
 */
import { type ColumnType, DEFAULT_DIALECT } from '@chatlayer-tables/contract'
import { LiteralError } from './columns/codec.ts'
import { codecs } from './columns/index.ts'

/** A value of a file; nulls are omitted. */
export interface Sample {
  /** `text` for a CSV cell, which may have any meaning; the others are the types of JSON. */
  readonly kind: 'text' | 'string' | 'number' | 'bool' | 'nested'
  readonly text: string
}

/** No plus sign, leading zeros or minus before zero: a code or a phone number would lose them. */
const PLAIN_INT = /^(?:0|-?[1-9]\d*)$/
const PLAIN_DECIMAL = /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d*)(?:\.\d+)?$/
const PLAIN_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const PLAIN_TIMESTAMP =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

interface Candidate {
  readonly type: ColumnType
  readonly fits: (sample: Sample) => boolean
}

const CANDIDATES: readonly Candidate[] = [
  {
    type: 'bool',
    fits: (s) => s.kind === 'bool' || (s.kind === 'text' && /^(true|false)$/.test(s.text)),
  },
  { type: 'int', fits: (s) => mayBeNumber(s) && PLAIN_INT.test(s.text) && parses('int', s.text) },
  {
    type: 'numeric',
    fits: (s) => s.kind === 'number' || (mayBeNumber(s) && PLAIN_DECIMAL.test(s.text)),
  },
  { type: 'uuid', fits: (s) => mayBeText(s) && PLAIN_UUID.test(s.text) },
  {
    type: 'timestamp',
    fits: (s) => mayBeText(s) && PLAIN_TIMESTAMP.test(s.text) && parses('timestamp', s.text),
  },
]

/** Text where no narrower type fits every sample, or where there is none. */
export function inferType(samples: readonly Sample[]): ColumnType {
  if (samples.length === 0) return 'text'
  if (samples.some(({ kind }) => kind === 'nested')) return 'jsonb'
  return CANDIDATES.find(({ fits }) => samples.every(fits))?.type ?? 'text'
}

function mayBeNumber({ kind }: Sample): boolean {
  return kind === 'text' || kind === 'number'
}

function mayBeText({ kind }: Sample): boolean {
  return kind === 'text' || kind === 'string'
}

function parses(type: ColumnType, literal: string): boolean {
  try {
    codecs[type].parse(literal, DEFAULT_DIALECT)
    return true
  } catch (error) {
    if (error instanceof LiteralError) return false
    throw error
  }
}
