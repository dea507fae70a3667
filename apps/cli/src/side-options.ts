/** Which of the sides of a command each of its options is for. */
import type { HttpFormat } from '@chatlayer-tables/sources'
import { addressKind } from '@chatlayer-tables/sources/address'
import { UsageError } from './failures.ts'
import { readHttpSettings } from './http-settings.ts'
import type { ReadingFlags } from './options/files.ts'
import type { SideFlags } from './options/sides.ts'
import type { AddressOptions } from './side-inputs.ts'
import { isAddress, sideKind } from './side-kind.ts'

type Flags = SideFlags & Pick<ReadingFlags, 'format' | 'sheet' | 'encoding' | 'delimiter'>

/** The options by which a file is read, but no database. */
const FILE_OPTIONS = ['format', 'sheet', 'encoding', 'delimiter'] as const

const HTTP_FORMATS = ['json', 'ndjson', 'csv', 'tsv'] as const satisfies readonly HttpFormat[]

/**
 * The options for one of the sides, which is an address.
 *
 * @param sides all sides of the command, as they were typed
 * @throws UsageError for options that fit none of the sides, or several
 */
export function optionsFor(text: string, flags: Flags, sides: readonly string[]): AddressOptions {
  const chosen = chooseSides(flags, sides)
  const format = formatOf(text, flags, sides)
  const http = {
    ...(chosen.http === text ? readHttpSettings(flags) : {}),
    ...(format === undefined ? {} : { format }),
  }
  return {
    query: chosen.query === text ? flags.query : undefined,
    http: Object.keys(http).length === 0 ? undefined : http,
  }
}

/** @throws UsageError for options of databases or HTTP APIs that fit none of the sides, or several */
export function checkSideOptions(flags: Flags, sides: readonly string[]): void {
  chooseSides(flags, sides)
}

interface Chosen {
  readonly query: string | undefined
  readonly http: string | undefined
}

function chooseSides(flags: Flags, sides: readonly string[]): Chosen {
  const addresses = sides.filter(isAddress)
  const databases = addresses.filter((text) => !isHttp(text))
  const http = httpOption(flags)
  return {
    query:
      flags.query === undefined
        ? undefined
        : theOnly(
            databases.filter((text) => !text.includes('#')),
            '--query',
            'the address of a database without #table',
          ),
    http:
      http === undefined
        ? undefined
        : theOnly(
            addresses.filter((text) => isHttp(text) || isSaved(text)),
            http,
            'the address of an HTTP API',
          ),
  }
}

function theOnly(fitting: readonly string[], option: string, what: string): string {
  const [only, ...others] = fitting
  if (only !== undefined && others.length === 0) return only
  throw new UsageError(
    only === undefined ? `${option} needs ${what}` : `${option} could be for either side`,
  )
}

function httpOption({ header, rowsAt, paging, allowHttp }: Flags): string | undefined {
  if (header.length > 0) return '--header'
  if (rowsAt !== undefined) return '--rows-at'
  if (paging !== undefined) return '--paging'
  return allowHttp ? '--allow-http' : undefined
}

function isHttp(text: string): boolean {
  return addressKind(text) === 'http'
}

/** Whether only the saved connection shows what it is. */
function isSaved(text: string): boolean {
  return addressKind(text) === undefined
}

/** @throws UsageError for options of files where there is none, but for the format of an HTTP API */
function formatOf(text: string, flags: Flags, sides: readonly string[]): HttpFormat | undefined {
  if (sides.some((side) => sideKind(side) === 'file')) return undefined
  const isDatabase = !isHttp(text) && !isSaved(text)
  const wrong = FILE_OPTIONS.find(
    (name) => flags[name] !== undefined && (isDatabase || name !== 'format'),
  )
  if (wrong !== undefined) {
    throw new UsageError(`--${wrong} is for files, and there is none`)
  }
  if (flags.format === undefined) return undefined
  const format = HTTP_FORMATS.find((each) => each === flags.format)
  if (format !== undefined) return format
  throw new UsageError(
    `an HTTP API is not read as ${flags.format}`,
    `Pass --format ${HTTP_FORMATS.join(', ')}, or download the file and pass its name.`,
  )
}
