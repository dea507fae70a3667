/** The implementation of each format. A format of {@link FORMAT_FACTS} that is missing does not compile. */
import { csv, tsv } from './delimited.ts'
import type { TextFormat, ZipFormat } from './format.ts'
import type { FORMAT_FACTS, FormatName } from './format-facts.ts'
import { json, ndjson } from './objects.ts'
import { xlsx } from './xlsx.ts'

export const FORMATS: {
  readonly [Name in FormatName]: (typeof FORMAT_FACTS)[Name]['container'] extends 'zip'
    ? ZipFormat
    : TextFormat
} = { csv, tsv, ndjson, json, xlsx }
