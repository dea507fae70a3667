/** The number formats of cells. */
import type { ZipArchive } from '../../zip/zip.ts'
import { type NumberFormat, numberFormat } from './number-format.ts'
import { scan } from './parts.ts'

/**
 * The formats that cells refer to by number. A style sheet holds number formats for other uses, too:
 * `dxfs` for conditional formatting and `cellStyleXfs` for named styles are not those of cells.
 */
export async function readStyles(
  zip: ZipArchive,
  path: string | undefined,
): Promise<NumberFormat[]> {
  const codes = new Map<number, string>()
  const ids: number[] = []
  const open: string[] = []
  if (path === undefined || !zip.has(path)) return []
  await scan(zip, path, {
    open(name, attributes) {
      open.push(name)
      // styleSheet > numFmts > numFmt, styleSheet > cellXfs > xf
      if (open.length !== 3) return
      if (name === 'numFmt' && open[1] === 'numFmts') {
        codes.set(Number(attributes.get('numFmtId')), attributes.get('formatCode') ?? '')
      }
      if (name === 'xf' && open[1] === 'cellXfs') ids.push(Number(attributes.get('numFmtId') ?? 0))
    },
    close() {
      open.pop()
    },
  })
  const known = new Map<number, NumberFormat>()
  return ids.map((id) => {
    const format = known.get(id) ?? numberFormat(id, codes.get(id))
    known.set(id, format)
    return format
  })
}
