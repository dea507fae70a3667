/** Reads the options for HTTP APIs. */
import type { HttpPaging, HttpSettings } from '@chatlayer-tables/sources'
import { UsageError } from './failures.ts'
import type { HttpFlags } from './options/sides.ts'

/** @throws UsageError for a header with a secret on the command line, and for invalid settings */
export function readHttpSettings(flags: HttpFlags): HttpSettings {
  return {
    ...(flags.header.length > 0 && { headers: Object.fromEntries(flags.header.map(readHeader)) }),
    ...(flags.rowsAt !== undefined && { rows: flags.rowsAt }),
    ...(flags.paging !== undefined && { paging: readPaging(flags.paging) }),
    ...(flags.allowHttp && { allowHttp: true }),
  }
}

/** Names of headers that send secrets. */
const SECRET_NAME = /auth|cookie|key|token|secret|password|credential|session|signature/i

/** A reference to the environment. `$$` is a dollar sign. */
const REFERENCE = /(?<!\$)(?:\$\$)*\$(?:\w+|\{\w+\})/

/** Values of such headers that are no secrets. */
const HARMLESS = /^(?:$|true$|false$|\d{1,4}$)/

/** @throws UsageError, which never repeats the value */
export function readHeader(text: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new UsageError(
      'cannot read --header',
      `Use --header 'Name: value', such as --header 'Authorization: Bearer $SHOP_TOKEN'.`,
    )
  }
  if (SECRET_NAME.test(name) && !REFERENCE.test(value) && !HARMLESS.test(value)) {
    throw new UsageError(
      `--header ${name} contains its value, which other programs of this machine can see`,
      `Put the value into the environment and pass --header '${name}: $NAME' in single quotes, or save the connection: clt connections add`,
    )
  }
  return [name, value]
}

/** The settings of `--paging`, as they are written. */
const TEXTS = {
  at: 'at',
  'last-row': 'lastRow',
  parameter: 'parameter',
  'size-parameter': 'sizeParameter',
  more: 'more',
  total: 'total',
  'total-pages': 'totalPages',
} as const satisfies Readonly<Record<string, keyof HttpPaging>>

const NUMBERS = {
  start: 'start',
  size: 'size',
  'end-status': 'endStatus',
} as const satisfies Readonly<Record<string, keyof HttpPaging>>

const STYLES = [
  'link',
  'none',
  'next',
  'cursor',
  'page',
  'offset',
] as const satisfies readonly HttpPaging['style'][]

/** Reads text such as `page,size=100`. @throws UsageError */
export function readPaging(text: string): HttpPaging {
  const [name, ...settings] = text.split(',').map((part) => part.trim())
  const style = STYLES.find((each) => each === name)
  if (style === undefined) {
    throw invalidPaging(text, `Begin with one of ${STYLES.join(', ')}.`)
  }
  return { style, ...Object.fromEntries(settings.map((setting) => readSetting(text, setting))) }
}

function readSetting(text: string, setting: string): [keyof HttpPaging, string | number] {
  const [, name = '', value] = /^([a-z-]+)=(.+)$/s.exec(setting) ?? []
  if (value !== undefined && Object.hasOwn(TEXTS, name)) {
    return [TEXTS[name as keyof typeof TEXTS], value]
  }
  if (value !== undefined && Object.hasOwn(NUMBERS, name)) {
    if (!/^\d{1,9}$/.test(value)) throw invalidPaging(text, `${name} must be a number.`)
    return [NUMBERS[name as keyof typeof NUMBERS], Number(value)]
  }
  const names = [...Object.keys(TEXTS), ...Object.keys(NUMBERS)].join(', ')
  throw invalidPaging(text, `After the style, write settings as name=value: ${names}.`)
}

function invalidPaging(text: string, hint: string): UsageError {
  return new UsageError(`cannot read --paging ${text}`, hint)
}
