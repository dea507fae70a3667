/** Reads the options `--param` and `--attach`. */
import { basename, extname } from 'node:path'
import { UsageError } from '../../failures.ts'
import { isAddress } from '../../side-kind.ts'

/**
 * Returns the parameter values of a query: by name if the query has named parameters, otherwise in
 * order.
 */
export function readParameters(
  given: readonly string[],
  namesParameters: boolean,
): readonly string[] | Readonly<Record<string, string>> {
  if (!namesParameters) return given
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^[:@$]?([^=]+)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined) {
        throw new UsageError(
          `--param ${text} has no parameter name`,
          'Use name=value, for :name in the query.',
        )
      }
      return [name, value]
    }),
  )
}

/**
 * Reads `name=file`, or a file, whose name without its ending becomes the table name. An address may be in
 * place of the file; it then ends with the name.
 */
export function readAttachment(text: string): { name: string; file: string } {
  if (isAddress(text)) {
    const [name = 'rows'] = /[^#/?."]+(?="?$)/.exec(text.replace(/\?[^#]*|[/#?]+$/g, '')) ?? []
    return { name, file: text }
  }
  const [, name, file] = /^([^=/\\]+)=(.+)$/s.exec(text) ?? []
  if (name !== undefined && file !== undefined) return { name, file }
  const base = basename(text)
  const plain = base.endsWith('.gz') ? base.slice(0, -3) : base
  return { name: plain.slice(0, plain.length - extname(plain).length) || plain, file: text }
}
