/** The targets of the fuzz campaign: every parser, with small valid inputs, and the documented errors. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { mutate } from './fuzz-mutate.mjs'
import { zip } from './fuzz-zip.mjs'

/** @typedef {import('./fuzz-mutate.mjs').Dice} Dice */

/**
 * @typedef {object} Target
 * @property {(dice: Dice) => Buffer} input
 * @property {(bytes: Buffer) => unknown} run throws one of the documented errors, or nothing
 */

/**
 * Loads a module of this repository; parsers that no package exports are loaded from their source.
 *
 * @param {string} path
 * @returns {Promise<any>}
 */
const load = (path) => import(new URL(`../../${path}`, import.meta.url).href)

/** Classes of errors for invalid input. */
const DOCUMENTED = new Set([
  'UsageError',
  'ToolError',
  'TokenFileError',
  'TokenError',
  'BaseUrlError',
  'PathParameterError',
  'InvalidInputError',
  'CellError',
  'BackupDamage',
  'ConfigurationError',
  'UnexpectedAnswerError',
  'NotExpressibleError',
])

/** @param {unknown} error */
export function isDocumented(error) {
  if (!(error instanceof Error)) return false
  const names = [error.name, error.constructor.name]
  return names.some((name) => DOCUMENTED.has(name))
}

const text = (/** @type {string[]} */ ...texts) => texts.map((each) => Buffer.from(each))

/**
 * @param {Buffer[]} seeds
 * @param {(bytes: Buffer) => unknown} run
 * @returns {Target}
 */
const plain = (seeds, run) => ({ input: (dice) => mutate(seeds, dice), run })

/**
 * @param {Readonly<Record<string, string>>} parts
 * @param {(bytes: Buffer) => unknown} run
 * @returns {Target}
 */
function archive(parts, run) {
  const names = Object.keys(parts)
  return {
    input(dice) {
      const mutated = dice.pick(names)
      /** @type {Record<string, Buffer>} */
      const some = {}
      for (const [name, part] of Object.entries(parts)) {
        some[name] = name === mutated ? mutate(text(part), dice) : Buffer.from(part)
      }
      const bytes = zip(dice.below(4) === 0 ? fromText(parts) : some)
      return dice.below(3) === 0 ? mutate([bytes], dice) : bytes
    },
    run,
  }
}

const fromText = (/** @type {Readonly<Record<string, string>>} */ parts) =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, Buffer.from(part)]))

const TABLE = {
  id: 't',
  botId: 'b',
  name: 'things',
  description: '',
  columns: ['text', 'int', 'numeric', 'bool', 'uuid', 'timestamp', 'jsonb'].map((type) => ({
    name: type,
    type,
  })),
}

const RECORD = {
  id: '0b9c7a6e-1111-4222-8333-444455556666',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  values: {
    text: 'x',
    int: 12,
    numeric: '12.50',
    bool: true,
    uuid: '0b9c7a6e-1111-4222-8333-444455556666',
    timestamp: '2026-01-01T00:00:00.123456Z',
    jsonb: { a: [1, 2.5, 'x', null], b: {} },
  },
}

const CSV = text(
  'name,n,at\nAnn,1,2024-01-31\n"B, ""b""",2.5,31/01/2024 09:30\n',
  'k;v\r\n1,5;x\r\n"a\r\nb";\r\n',
  'a\tb\n1\t\n',
  '\ufeffid,createdAt\n1,\n',
)

const WORKBOOK = {
  '[Content_Types].xml':
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
  '_rels/.rels':
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
  'xl/workbook.xml':
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
  'xl/styles.xml':
    '<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs></styleSheet>',
  'xl/sharedStrings.xml':
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2"><si><t>name</t></si><si><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></si></sst>',
  'xl/worksheets/sheet1.xml':
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:C3"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>n</t></is></c><c r="C1" t="str"><v>at</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="2"><v>0.25</v></c><c r="C2" s="1"><v>45322.5</v></c></row><row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" t="e"><v>#DIV/0!</v></c><c r="C3" t="d"><v>2024-01-31</v></c></row></sheetData></worksheet>',
}

const RECORD_LINE = `${JSON.stringify(RECORD)}\n`
const RECORDS = `${RECORD_LINE}${RECORD_LINE.replaceAll('6666"', '6667"')}`

/** @param {string} folder for inputs that must be files */
export async function createTargets(folder) {
  const files = await load('packages/files/dist/index.js')
  const transfer = await load('packages/transfer/dist/index.js')
  const core = await load('packages/core/dist/index.js')
  const contract = await load('packages/contract/dist/index.js')
  const { classifyAnswer } = await load('packages/core/src/send/classify.ts')
  const { decodeRecord, decoderOf } = await load('packages/core/src/values/decode.ts')
  const { readTimestamp } = await load('packages/core/src/values/timestamp.ts')
  const { parseDateFormat, possibleFormats } = await load(
    'packages/files/src/values/date-format.ts',
  )
  const { cellReader } = await load('packages/files/src/values/read-cell.ts')
  const where = await load('apps/cli/src/where.ts')
  const assignments = await load('apps/cli/src/assignments.ts')
  const { parseProfile } = await load('apps/cli/src/profiles/profile.ts')
  const { readCursor, writeCursor } = await load('apps/mcp/src/result/cursor.ts')
  const { resourcePage } = await load('apps/mcp/src/resources/resource-page.ts')
  const { readTokenFile } = await load('apps/mcp/src/http/token-file.ts')
  const { queryRecords } = await load('apps/mcp/src/tools/query-records/definition.ts')
  const { parseArguments } = await load('apps/mcp/src/call/arguments.ts')
  const { checkWhere } = await load('apps/mcp/src/policy/check-where.ts')
  const { dataResult } = await load('apps/mcp/src/result/result.ts')

  const inFile = (/** @type {string} */ name, /** @type {Buffer} */ bytes) => {
    const path = join(folder, name)
    writeFileSync(path, bytes, { mode: 0o600 })
    return path
  }
  const source =
    (/** @type {object} */ options, /** @type {string} */ name) =>
    async (/** @type {Buffer} */ bytes) => {
      const opened = await files.openSource({ stream: Readable.from([bytes]), name }, options)
      const read = cellReader({})
      for await (const { cells } of opened.rows) {
        for (const [index, cell] of cells.entries()) {
          const { type } = TABLE.columns[index % TABLE.columns.length] ?? {}
          attempt(() => read(cell, type, 'cell'))
        }
      }
    }
  const infer = async (/** @type {Buffer} */ bytes) => {
    const opened = await files.openSource({ stream: Readable.from([bytes]), name: 'file' })
    await files.inferColumns(opened)
  }
  const jsonOrNothing = (/** @type {Buffer} */ bytes) => {
    try {
      return core.parseJson(bytes.toString())
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
  const tableFilter = (/** @type {any} */ condition) => core.recordFilter(condition, TABLE)(RECORD)
  const visible = { table: TABLE, masked: new Set(), hidden: new Set() }
  const conditions = text(
    '{"int":{"gte":1,"lt":5},"or":[{"text":"a"},{"not":{"bool":true}}]}',
    '{"jsonb":{"eq":{"a":[1]}},"numeric":{"in":["1.5",2]},"timestamp":{"gt":"2024-01-01T00:00:00Z"}}',
  )
  const pages = text(
    JSON.stringify({ data: [RECORD, RECORD], meta: { total: 2, limit: 100, offset: 0 } }),
    JSON.stringify({ data: [TABLE] }),
    JSON.stringify({ message: ['a', 'b'], error: 'Bad Request', statusCode: 400 }),
    '<html><title>502</title>',
  )
  const definition = JSON.stringify({
    id: 't',
    name: 'things',
    description: '',
    columns: TABLE.columns,
  })
  const file = (/** @type {string} */ path, /** @type {string} */ content) => ({
    path,
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  })
  const manifest = JSON.stringify({
    format: 'chatlayer-tables backup',
    formatVersion: 1,
    createdAt: RECORD.createdAt,
    createdBy: 'a test',
    source: { origin: 'https://gateway.test', teamId: 't', botId: 'b' },
    consistent: true,
    tables: [
      {
        id: 't',
        name: 'things',
        definition: file('tables/t.json', definition),
        records: [
          {
            ...file('records/t.draft.ndjson', RECORDS),
            version: 'DRAFT',
            records: 2,
            consistent: true,
            oddValues: 0,
            readFrom: RECORD.createdAt,
            readTo: RECORD.createdAt,
          },
        ],
      },
    ],
  })

  /** @type {Record<string, Target>} */
  const targets = {
    csv: plain(CSV, source({ format: 'csv' }, 'a.csv')),
    text: plain(CSV, source({}, 'a.txt')),
    json: plain(
      text(
        '[{"a":1,"b":"x"},{"a":1.10,"b":null,"c":[{"d":true}]}]',
        '[]',
        '[{"a":"\\ud83d\\ude00"}]',
      ),
      source({ format: 'json' }, 'a.json'),
    ),
    ndjson: plain(text('{"a":1,"b":"x"}\n{"a":2}\n', RECORDS), source({ format: 'ndjson' }, 'a')),
    xlsx: archive(WORKBOOK, source({}, 'a.xlsx')),
    infer: plain([...CSV, ...text('[{"a":1,"b":"2024-01-31"},{"a":"x"}]')], infer),
    'infer-xlsx': archive(WORKBOOK, infer),
    backup: archive(
      {
        'manifest.json': manifest,
        'tables/t.json': definition,
        'records/t.draft.ndjson': RECORDS,
      },
      async (bytes) => {
        const path = inFile('backup.zip', bytes)
        await transfer.readBackup(path)
        await transfer.verifyBackup({ file: path })
      },
    ),
    'json-values': plain(
      text('{"a":[1,-0,1e5,12345678901234567890,0.1],"b":"\\u0000"}', RECORD_LINE),
      (bytes) => {
        const value = jsonOrNothing(bytes)
        if (value === undefined) return
        const written = core.stringifyJson(value)
        if (core.stringifyJson(core.parseJson(written)) !== written)
          throw new Error('not the same again')
        core.canonicalValue(value, 'jsonb', TABLE)
        dataResult({ value })
      },
    ),
    'where-json': plain(conditions, (bytes) => {
      const condition = jsonOrNothing(bytes)
      if (condition !== undefined) tableFilter(condition)
    }),
    'where-text': plain(
      text(
        'int >= 18',
        "text = 'New York'",
        '"jsonb" startswith +32',
        "text in (NY, 'a b')",
        'bool is not null',
      ),
      (bytes) => tableFilter(where.parseWhere(bytes.toString())),
    ),
    'where-mcp': plain(conditions, (bytes) => {
      const text = bytes.toString()
      const args = parseArguments(queryRecords, { table: 'things', where: text })
      tableFilter(checkWhere(args.where, visible))
    }),
    'cli-texts': plain(
      text('a, "b c":desc', 'a=1', 'stores:leads@live', '{"a":1}', '[{"a":1}]'),
      (bytes) => {
        const text = bytes.toString()
        attempt(() => where.parseColumns(text))
        attempt(() => where.parseSort(text))
        attempt(() => assignments.readAssignments({ set: [text], setNull: [] }, TABLE.columns))
        attempt(() => assignments.readDataObject(text))
        attempt(() => assignments.readDataRows(text))
        core.parseTableReference(text)
      },
    ),
    cursor: plain(text(writeCursor(100, ['a', 1]), '[["a","b"]]'), (bytes) => {
      attempt(() => readCursor(bytes.toString(), ['a', 1]))
      attempt(() => readCursor(bytes.toString('base64url'), ['a', 1]))
      resourcePage([], [], bytes.toString())
      resourcePage([], [], bytes.toString('base64url'))
    }),
    'token-file': plain(
      text(
        JSON.stringify({ version: 1, tokens: [] }),
        '{"version":1,"tokens":[{"name":"a","digest":"x","scopes":["read"],"createdAt":"2026-01-01T00:00:00Z"}]}',
      ),
      (bytes) => readTokenFile(inFile('tokens.json', bytes)),
    ),
    connection: plain(
      text(
        '0123456789abcdef01234567:secret',
        'https://gateway.test/api/v1',
        'http://u:p@proxy:3128',
      ),
      (bytes) => {
        const text = bytes.toString()
        attempt(() => contract.basicAuthorization(text))
        attempt(() => contract.parseBaseUrl(text))
        attempt(() => core.proxyFor('https://gateway.test', { HTTPS_PROXY: text }))
        attempt(() =>
          core.proxyFor('https://gateway.test', { HTTPS_PROXY: 'http://p', NO_PROXY: text }),
        )
      },
    ),
    profile: plain(
      text(
        '{"format":1,"region":"eu","teamId":"t","botId":"b","token":"keychain"}',
        '{"format":1}',
      ),
      (bytes) => parseProfile(bytes.toString(), 'profile.json', 'live'),
    ),
    wire: plain(pages, (bytes) => {
      for (const operation of ['getTableData', 'performTableAction', 'listTables']) {
        for (const status of [200, 400]) {
          const response = {
            status,
            headers: {
              'content-type': 'application/json',
              'retry-after': bytes.toString('latin1', 0, 40),
            },
            text: bytes.toString(),
          }
          const context = { writes: false, redact: (/** @type {string} */ text) => text, now: 0 }
          const reading = classifyAnswer(operation, response, context)
          if (!reading.ok || operation === 'listTables') continue
          const decoder = decoderOf(TABLE)
          for (const record of reading.body.data ?? []) {
            const { values } = decodeRecord(record, decoder)
            core.stringifyJson(values)
            for (const { name } of TABLE.columns) core.canonicalValue(values[name], name, TABLE)
          }
        }
      }
    }),
    dates: plain(
      text('DD/MM/YYYY HH:mm', '31-Jan-2024', '2024-01-31T09:30:00.1234567Z', '1/31/24'),
      (bytes) => {
        const text = bytes.toString()
        readTimestamp(text)
        possibleFormats(text)
        attempt(() => parseDateFormat(text))
        attempt(() => cellReader({ dateFormat: text }))
        attempt(() => cellReader({})(text, 'timestamp', 'cell'))
        attempt(() => cellReader({ dateFormat: 'DD/MM/YYYY' })(text, 'timestamp', 'cell'))
      },
    ),
  }
  return targets
}

/** @param {() => unknown} act */
function attempt(act) {
  try {
    act()
  } catch (error) {
    if (!isDocumented(error)) throw error
  }
}
