/**
 * What a client weighs in a bundle: a minimal program for each, bundled by esbuild for Node with the
 * same options, as an ES module and as CommonJS. Minified, before and after gzip. Fails when core
 * is not below 200,000 bytes after gzip.
 *
 *     npm run bench bundle-size
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const LIMIT = 200_000
const OURS = '@chatlayer-tables/core'

/** Each connects, writes one record, and reads records. */
const PROGRAMS: Readonly<Record<string, string>> = {
  [OURS]: `
    import { createClient } from '@chatlayer-tables/core'
    const client = createClient({ token: 'user:password', region: 'eu', teamId: 't', botId: 'b' })
    const leads = client.table('leads')
    await leads.insert({ name: 'Ann' })
    console.log(await leads.records({ where: { name: 'Ann' } }).toArray())
  `,
  '@botpress/client': `
    import { Client } from '@botpress/client'
    const client = new Client({ token: 't', botId: 'b' })
    await client.createTableRows({ table: 'LeadsTable', rows: [{ name: 'Ann' }] })
    console.log(await client.findTableRows({ table: 'LeadsTable', filter: { name: 'Ann' } }))
  `,
  airtable: `
    import Airtable from 'airtable'
    const leads = new Airtable({ apiKey: 'k' }).base('b')('leads')
    await leads.create([{ fields: { name: 'Ann' } }])
    console.log(await leads.select({ filterByFormula: "{name} = 'Ann'" }).all())
  `,
  '@notionhq/client': `
    import { Client } from '@notionhq/client'
    const client = new Client({ auth: 'k' })
    await client.pages.create({ parent: { data_source_id: 'd' }, properties: {} })
    console.log(await client.dataSources.query({ data_source_id: 'd' }))
  `,
  stripe: `
    import Stripe from 'stripe'
    const client = new Stripe('k')
    await client.customers.create({ name: 'Ann' })
    console.log(await client.customers.list({ limit: 10 }))
  `,
  '@supabase/supabase-js': `
    import { createClient } from '@supabase/supabase-js'
    const client = createClient('https://project.test', 'k')
    await client.from('leads').insert({ name: 'Ann' })
    console.log(await client.from('leads').select().eq('name', 'Ann'))
  `,
}

const FORMATS = ['esm', 'cjs'] as const

console.log('minified bytes, and after gzip, of a minimal program bundled by esbuild for Node')
console.log(`${''.padEnd(32)}${FORMATS.map((format) => format.padStart(22)).join('')}`)
let ours = 0
for (const [name, program] of Object.entries(PROGRAMS)) {
  const sizes = await Promise.all(FORMATS.map((format) => measure(program, format)))
  const cells = sizes.map(({ bytes, zipped }) => `${count(bytes)} ${count(zipped)}`)
  console.log(`${`${name} ${versionOf(name)}`.padEnd(32)}${cells.join('')}`)
  if (name === OURS) ours = Math.max(...sizes.map(({ zipped }) => zipped))
}
const isMet = ours > 0 && ours < LIMIT
console.log(
  `${OURS}: ${ours} bytes after gzip, below ${LIMIT} required: ${isMet ? 'met' : 'MISSED'}`,
)
if (!isMet) process.exitCode = 1

async function measure(program: string, format: 'esm' | 'cjs') {
  // CommonJS has no await at the top level.
  const [imports = '', body = ''] = split(program)
  const { outputFiles } = await build({
    stdin: {
      contents: `${imports}\nasync function main() {${body}}\nmain()`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format,
    write: false,
    logLevel: 'error',
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  return { bytes: contents.length, zipped: gzipSync(contents).length }
}

/** The line that imports, and what follows. */
function split(program: string): [string, string] {
  const trimmed = program.trim()
  const end = trimmed.indexOf('\n')
  return [trimmed.slice(0, end), trimmed.slice(end)]
}

function count(bytes: number): string {
  return bytes.toLocaleString('en').padStart(10)
}

/** From the manifest of the installed package, which its exports may hide. */
function versionOf(name: string): string {
  const resolve = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const folder of resolve) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {
      // Not in this folder.
    }
  }
  return ''
}
