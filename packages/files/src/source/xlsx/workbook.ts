/** Reads the sheets of a workbook and the paths of their parts. */
import type { ZipArchive } from '../../zip/zip.ts'
import { isTrue, scan } from './parts.ts'
import { XmlError } from './xml.ts'

export interface Sheet {
  readonly name: string
  readonly path: string
  readonly hidden: boolean
}

export interface Workbook {
  readonly sheets: readonly Sheet[]
  readonly epoch1904: boolean
  readonly stylesPath: string | undefined
  readonly stringsPath: string | undefined
}

const MAX_RELATIONS = 20_000
/** Characters of a sheet name. Excel allows 31. */
const MAX_NAME = 255

/** @returns undefined when the archive holds no workbook */
export async function readWorkbook(zip: ZipArchive): Promise<Workbook | undefined> {
  const [main] = (await relations(zip, '_rels/.rels', '')).filter(isOfType('officeDocument'))
  const path = main?.path ?? 'xl/workbook.xml'
  if (!zip.has(path) || !path.endsWith('.xml')) return undefined
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const parts = await relations(zip, `${folder}_rels/${path.slice(folder.length)}.rels`, folder)
  const { sheets, epoch1904 } = await readSheets(zip, path, parts)
  return {
    sheets,
    epoch1904,
    stylesPath: parts.find(isOfType('styles'))?.path,
    stringsPath: parts.find(isOfType('sharedStrings'))?.path,
  }
}

async function readSheets(
  zip: ZipArchive,
  path: string,
  parts: readonly Relation[],
): Promise<Pick<Workbook, 'sheets' | 'epoch1904'>> {
  const worksheets = new Map(parts.filter(isOfType('worksheet')).map((part) => [part.id, part]))
  const sheets: Sheet[] = []
  let epoch1904 = false
  await scan(zip, path, {
    open(tag, attributes) {
      if (tag === 'workbookPr') epoch1904 = isTrue(attributes.get('date1904'))
      if (tag !== 'sheet') return
      const part = worksheets.get(attributes.getPrefixed('id') ?? '')
      // Sheets of a chart are listed here as well.
      if (part === undefined) return
      const name = attributes.get('name') ?? ''
      if (name.length > MAX_NAME) throw new XmlError('the name of a sheet is too long')
      if (sheets.length === MAX_RELATIONS) throw new XmlError('it has too many sheets')
      const hidden = /hidden/i.test(attributes.get('state') ?? '')
      sheets.push({ name, path: part.path, hidden })
    },
  })
  return { sheets, epoch1904 }
}

interface Relation {
  readonly id: string
  readonly type: string
  readonly path: string
}

/** Types are URLs under several names; Strict OOXML has others than what Excel writes by default. */
function isOfType(type: string): (relation: Relation) => boolean {
  return (relation) => relation.type.endsWith(`/${type}`)
}

/** The first of each id. */
async function relations(zip: ZipArchive, path: string, folder: string): Promise<Relation[]> {
  const found = new Map<string, Relation>()
  if (!zip.has(path)) return []
  await scan(zip, path, {
    open(tag, attributes) {
      if (tag !== 'Relationship' || attributes.get('TargetMode') === 'External') return
      const id = attributes.get('Id') ?? ''
      if (found.has(id)) return
      if (found.size === MAX_RELATIONS) throw new XmlError('it has too many parts')
      const type = attributes.get('Type') ?? ''
      found.set(id, { id, type, path: resolveTarget(attributes.get('Target') ?? '', folder) })
    },
  })
  return [...found.values()]
}

/** The name of the part that a relation of a part in `folder` points at. */
function resolveTarget(target: string, folder: string): string {
  const path = target.replaceAll('\\', '/')
  const names: string[] = []
  for (const name of (path.startsWith('/') ? path : folder + path).split('/')) {
    if (name === '..') names.pop()
    else if (name !== '.' && name !== '') names.push(name)
  }
  const joined = names.join('/')
  try {
    return decodeURIComponent(joined)
  } catch {
    return joined
  }
}
