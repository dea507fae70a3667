/**
 * What each file format is: the one list from which names, help, detection and messages derive. It
 * imports nothing, so that a program can read it at its start without loading readers and writers.
 */

/** Write options that only some formats have. */
export type WriteOption = 'bom' | 'delimiter' | 'decimal' | 'safeFormulas'

export interface FormatFacts {
  /** The name that help and messages use. */
  readonly label: string
  /** The article before the label. */
  readonly article: 'a' | 'an'
  /** A note for the documentation, in Markdown. */
  readonly about: string
  /** Endings of file names, without the dot; the first is the usual one. */
  readonly endings: readonly string[]
  /** Endings of files that are read as this format and never written. */
  readonly readEndings?: readonly string[]
  /** What the bytes of a file are: text in some encoding, perhaps within gzip, or a ZIP archive. */
  readonly container: 'text' | 'zip'
  /** Matches the start of a text that is in this format, for any file name. */
  readonly textStart?: RegExp
  /** The character between cells, in formats of delimited text. */
  readonly delimiter?: string
  /** The write options of the format. */
  readonly writeOptions: readonly WriteOption[]
  /** Whether each value is read with its JSON type. In other formats some values are text of any type. */
  readonly keepsTypes: boolean
  /** Whether a file without any content is a table without records. */
  readonly mayBeEmpty: boolean
}

const DELIMITED = {
  container: 'text',
  writeOptions: ['bom', 'delimiter', 'decimal', 'safeFormulas'],
  keepsTypes: false,
  mayBeEmpty: false,
} as const

const OBJECTS = { container: 'text', writeOptions: [], keepsTypes: true } as const

const FACTS = {
  csv: {
    ...DELIMITED,
    label: 'CSV',
    article: 'a',
    about: 'read with `,` `;` tab or `|` between cells, or after a line `sep=`; written with `,`',
    endings: ['csv'],
    delimiter: ',',
  },
  tsv: {
    ...DELIMITED,
    label: 'TSV',
    article: 'a',
    about: 'CSV with tabs between cells',
    endings: ['tsv', 'tab'],
    delimiter: '\t',
  },
  ndjson: {
    ...OBJECTS,
    label: 'NDJSON',
    article: 'an',
    about: 'one JSON object per line',
    endings: ['ndjson', 'jsonl'],
    textStart: /^\{\s*(?:["}]|$)/,
    mayBeEmpty: true,
  },
  json: {
    ...OBJECTS,
    label: 'JSON',
    article: 'a',
    about: 'a list of objects',
    endings: ['json'],
    textStart: /^\[\s*(?:[{[\]]|$)/,
    mayBeEmpty: false,
  },
  xlsx: {
    label: 'XLSX',
    article: 'an',
    about: 'the first sheet that is not hidden, or a named one; dates are in UTC',
    endings: ['xlsx'],
    // A workbook with macros; a spreadsheet program rejects one of this name without macros.
    readEndings: ['xlsm'],
    container: 'zip',
    writeOptions: [],
    keepsTypes: false,
    mayBeEmpty: false,
  },
} as const satisfies Readonly<Record<string, FormatFacts>>

export type FormatName = keyof typeof FACTS

/** The facts of each format; each name is also a value of `--format`. */
export const FORMAT_FACTS: { readonly [Name in FormatName]: FormatFacts } & typeof FACTS = FACTS

export const FORMAT_NAMES = Object.keys(FACTS) as readonly FormatName[]

/** The format of a file whose content and name show none, and of an export to a stream. */
export const DEFAULT_FORMAT: FormatName = 'csv'

/** The format's label with its article: `an XLSX`. */
export function withArticle(format: FormatName): string {
  const { article, label } = FORMAT_FACTS[format]
  return `${article} ${label}`
}

/** The formats as rows of a Markdown table, for the documentation. */
export function formatTable(): string {
  const rows = FORMAT_NAMES.map((name) => {
    const { label, about } = FORMAT_FACTS[name]
    const endings = endingsOf(name, true).map((ending) => `\`.${ending}\``)
    return [label, endings.join(' '), about.replaceAll('|', '\\|')]
  })
  const titles = ['format', 'names', '']
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...rows.map((cells) => cells[index]?.length ?? 0)),
  )
  const rule = widths.map((width) => '-'.repeat(width))
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |\n`
  return [titles, rule, ...rows].map(lineOf).join('')
}

/** The labels of formats as a list: `CSV, TSV, NDJSON, JSON or XLSX`. */
export function listFormats(names: readonly FormatName[] = FORMAT_NAMES): string {
  return listOf(names.map((name) => FORMAT_FACTS[name].label))
}

/** The formats that have a write option. */
export function formatsWith(option: WriteOption): FormatName[] {
  return FORMAT_NAMES.filter((name) =>
    FORMAT_FACTS[name].writeOptions.some((own) => own === option),
  )
}

/** The endings of files that are written, as a list: `.csv, .tsv or .xlsx`. */
export function listEndings(): string {
  return listOf(FORMAT_NAMES.map((name) => `.${FORMAT_FACTS[name].endings[0]}`))
}

/** Every ending of a file that is read, without the dot. */
export const READ_ENDINGS: readonly string[] = FORMAT_NAMES.flatMap((name) => endingsOf(name, true))

/**
 * The format that a file of this name has, also with `.gz` after it; undefined when the name has none
 * of the endings.
 *
 * @param isRead whether endings count that are read and never written
 */
export function formatOfName(name: string, isRead = true): FormatName | undefined {
  const ending = /\.([^.]+?)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return FORMAT_NAMES.find((format) => endingsOf(format, isRead).includes(ending))
}

function endingsOf(format: FormatName, isRead: boolean): string[] {
  const { endings, readEndings = [] }: FormatFacts = FORMAT_FACTS[format]
  return isRead ? [...endings, ...readEndings] : [...endings]
}

function listOf(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} or ${last}`
}
