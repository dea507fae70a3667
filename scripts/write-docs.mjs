/**
 * Writes the generated documents: docs/reference/openapi.json and dialect.md from the built contract,
 * docs/reference/cli/ and the man page from the help of the command line, the types of databases, and the
 * tables of file formats.
 * With `--check` it writes nothing and fails when a file differs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  assumptions,
  buildOpenApi,
  DEFAULT_DIALECT,
  dialectSettings,
  openQuestions,
} from '../packages/contract/dist/index.js'
import { formatTable, listFormats } from '../packages/files/dist/index.js'
import { projectJsonSchema } from '../packages/transfer/dist/project/index.js'
import { cliManPage, cliPages } from './cli-reference.mjs'
import { databaseTypesPage } from './database-types.mjs'
import { markdownTable } from './markdown-table.mjs'
import { mcpToolsPage } from './mcp-reference.mjs'
import { projectReference } from './project-reference.mjs'
import { ROOT } from './workspace.mjs'

const STANDINGS = {
  D: 'documented by the vendor',
  T: 'transcribed by a third party',
  S: 'seen in reports',
  I: 'inferred',
  U: 'unknown',
}
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

/** Holds generated pages alone. */
const CLI_FOLDER = 'docs/reference/cli'

const FORMAT_LIST = /\bCSV, TSV(?:, [A-Z]+)+ (or|and) [A-Z]+\b/g

const files = {
  'docs/reference/openapi.json': `${JSON.stringify(buildOpenApi(), null, 2)}\n`,
  'docs/reference/chatlayer.schema.json': `${JSON.stringify(projectJsonSchema(), null, 2)}\n`,
  'docs/reference/http-api.md': httpApiPage(),
  'docs/reference/dialect.md': dialectPage(),
  'docs/reference/database-types.md': databaseTypesPage(),
  'docs/reference/chatlayer-yaml.md': projectReference(),
  'docs/reference/mcp-tools.md': mcpToolsPage(),
  ...Object.fromEntries(
    Object.entries(cliPages()).map(([name, text]) => [`${CLI_FOLDER}/${name}`, text]),
  ),
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

for (const name of readdirSync(join(ROOT, CLI_FOLDER))) {
  const file = `${CLI_FOLDER}/${name}`
  if (file in files) continue
  if (!process.argv.includes('--check')) rmSync(join(ROOT, file))
  else {
    console.error(`${file} describes no command. Run: npm run docs`)
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

/**
 * @typedef {{
 *   servers: { url: string, description: string }[],
 *   paths: Record<string, Record<string, { summary: string, 'x-standing': keyof typeof STANDINGS }>>,
 *   components: { schemas: Record<string, { 'x-because': string }> },
 * }} OpenApi the parts of the document that the page shows
 */

/** The OpenAPI document, for readers. */
function httpApiPage() {
  const { servers, paths, components } = /** @type {OpenApi} */ (buildOpenApi())
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [
      `\`${method.toUpperCase()} ${path}\``,
      operation.summary,
      STANDINGS[operation['x-standing']],
    ]),
  )
  const shapes = Object.entries(components.schemas).map(([name, schema]) => [
    `\`${name}\``,
    schema['x-because'],
  ])
  const lines = [
    '# HTTP API',
    '',
    'The API of the gateway as far as it is known, with how certain each part is. The whole of it is an',
    '[OpenAPI document](openapi.json), which tools can read. Programs use [the client](../guides/using-core.md)',
    'instead: it adds what the API does not have.',
    '',
    ...markdownTable([['request', 'does', 'standing'], ...operations]),
    '',
    '## Regions',
    '',
    ...markdownTable([
      ['region', 'address'],
      ...servers.map(({ url, description }) => [description, `\`${url}\``]),
    ]),
    '',
    '## Bodies',
    '',
    ...markdownTable([['schema', 'known from'], ...shapes]),
    '',
    'What is inferred or unknown about the behaviour is in [the dialect](dialect.md).',
    '',
    'Generated from `packages/contract` by `npm run docs`.',
  ]
  return `${lines.join('\n')}\n`
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
