/**
 * Writes the generated documents: docs/reference/openapi.json and docs/reference/dialect.md from the built contract,
 * docs/reference/cli.md and the man page from the help of the command line, and the tables of file formats. With
 * `--check` it writes nothing and fails when a file differs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  assumptions,
  buildOpenApi,
  DEFAULT_DIALECT,
  dialectSettings,
  openQuestions,
} from '../packages/contract/dist/index.js'
import { formatTable, listFormats } from '../packages/files/dist/index.js'
import { cliManPage, cliMarkdown } from './cli-reference.mjs'
import { ROOT } from './workspace.mjs'

const STANDINGS = { I: 'inferred', U: 'unknown' }
const LEARNED_BY = {
  read: 'learned by reading',
  write: 'learned by writing to a scratch table',
}

/** Pages with a table of file formats between two marks, or with lists of all formats in the text. */
const PAGES_WITH_FORMATS = [
  'docs/guides/import-and-export.md',
  'docs/guides/sql.md',
  'packages/files/README.md',
  'apps/cli/README.md',
]

const FORMAT_LIST = /\bCSV, TSV(?:, [A-Z]+)+ (or|and) [A-Z]+\b/g

const files = {
  'docs/reference/openapi.json': `${JSON.stringify(buildOpenApi(), null, 2)}\n`,
  'docs/reference/dialect.md': dialectPage(),
  'docs/reference/cli.md': cliMarkdown(),
  'apps/cli/man/clt.1': cliManPage(),
  ...Object.fromEntries(PAGES_WITH_FORMATS.map((name) => [name, withFormats(name)])),
}
for (const [name, text] of Object.entries(files)) {
  const file = join(ROOT, name)
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not up to date. Run: npm run docs`)
    process.exitCode = 1
  }
}

/**
 * A page with its table and its lists of file formats updated.
 *
 * @param {string} name
 */
function withFormats(name) {
  return readFileSync(join(ROOT, name), 'utf8')
    .replace(FORMAT_LIST, (_, word) => listFormats().replace(' or ', ` ${word} `))
    .replace(
      /(<!-- formats -->\n).*?(<!-- \/formats -->)/s,
      (_, start, end) => `${start}\n${formatTable()}\n${end}`,
    )
}

function dialectPage() {
  const lines = [
    '# The dialect',
    '',
    "Facts about a gateway that the vendor's page does not specify and that change requests or how",
    'responses are read. Each setting has a careful default: it loses nothing, at the cost of some more',
    'requests. Pass known settings to a client as `dialect`, or learn them with `client.probe()`: some by',
    'reads alone, others only on a table that it may write to.',
    '',
    'Generated from `packages/contract/src/dialect.ts` by `npm run docs`.',
  ]
  for (const [name, { schema, standing, about, learnedBy }] of Object.entries(dialectSettings)) {
    const chosen = Object.entries(DEFAULT_DIALECT).find(([key]) => key === name)?.[1]
    lines.push(
      '',
      `## \`${name}\``,
      '',
      `${valuesOf(schema, chosen)} · ${STANDINGS[standing]} · ${LEARNED_BY[learnedBy]}`,
      '',
      about,
    )
  }
  lines.push(
    '',
    '## What is assumed without a setting',
    '',
    'These follow from the shape of the body. A gateway that violates one needs a new contract.',
    '',
    ...assumptions.map(({ id, text }) => `- ${text} (\`${id}\`)`),
    '',
    '## What is open',
    '',
    'No setting depends on these. A report of `clt doctor --report` answers those that it can see.',
    '',
    ...openQuestions.map(({ id, text }) => `- ${text} (\`${id}\`)`),
  )
  return `${lines.join('\n')}\n`
}

/**
 * @param {import('../packages/contract/dist/index.js').DialectSetting['schema']} schema
 * @param {unknown} chosen the default
 */
function valuesOf(schema, chosen) {
  const { enum: values } = schema.toJSONSchema({ io: 'input' })
  if (values === undefined) return `a whole number, \`${chosen}\` by default`
  return values
    .map((value) => (value === chosen ? `**\`${value}\`** (default)` : `\`${value}\``))
    .join(', ')
}
