import type { ColumnType } from '@chatlayer-tables/contract'
import { boolCodec } from './bool.ts'
import type { ColumnCodec } from './codec.ts'
import { intCodec } from './int.ts'
import { jsonbCodec } from './jsonb.ts'
import { numericCodec } from './numeric.ts'
import { textCodec } from './text.ts'
import { timestampCodec } from './timestamp.ts'
import { uuidCodec } from './uuid.ts'

export const codecs: Readonly<Record<ColumnType, ColumnCodec>> = {
  text: textCodec,
  int: intCodec,
  numeric: numericCodec,
  uuid: uuidCodec,
  bool: boolCodec,
  timestamp: timestampCodec,
  jsonb: jsonbCodec,
}
