/** Maps stacks of errors in the bundled program to our source. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FRAME = /^(?<before> +at .*?)(?<url>file:\/\/\S+):(?<line>\d+):(?<column>\d+)(?<after>\)?)$/

/**
 * The frames of an error's stack, one per line, with file names and lines of our source. Node can do this
 * with `--enable-source-maps`, but then reads all maps at the start.
 */
export function stackOf({ stack = '' }: Error): string[] {
  const maps = new Map<string, Origins | undefined>()
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => {
      const { before, url, line: row, column, after } = FRAME.exec(line)?.groups ?? {}
      if (url === undefined) return line
      if (!maps.has(url)) maps.set(url, readMap(url))
      const origin = maps.get(url)?.findOrigin(Number(row), Number(column))
      if (origin === undefined || !('fileName' in origin)) return line
      const { fileName, lineNumber, columnNumber } = origin
      return `${before}${fileName}:${lineNumber}:${columnNumber}${after}`
    })
}

type Origins = Pick<import('node:module').SourceMap, 'findOrigin'>

function readMap(url: string): Origins | undefined {
  const { SourceMap } = process.getBuiltinModule('node:module')
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')))
  } catch {
    return undefined
  }
}
