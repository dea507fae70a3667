/**
 * Measures the tool lists of other published servers, and writes `servers.json`: `npm run comparison` in
 * this package. It installs each server in a temporary folder from the npm registry, and starts it over
 * stdio with credentials that do not exist; listing tools requires none.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { type ListedTool, sizeOfListing, sizeOfWholeListing } from './listing-size.ts'

interface Server {
  readonly package: string
  /** Settings without which it does not start. */
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

const SERVERS: readonly Server[] = [
  { package: 'airtable-mcp-server', env: { AIRTABLE_API_KEY: 'patNone.none' } },
  { package: '@notionhq/notion-mcp-server', env: { NOTION_TOKEN: 'ntn_none' } },
  {
    package: 'nocodb-mcp-server',
    env: { NOCODB_URL: 'http://127.0.0.1:9', NOCODB_API_TOKEN: 'none', NOCODB_BASE_ID: 'none' },
  },
  {
    package: 'mongodb-mcp-server',
    env: { MDB_MCP_CONNECTION_STRING: 'mongodb://127.0.0.1:9', MDB_MCP_TELEMETRY: 'disabled' },
  },
]

const measured = []
for (const server of SERVERS) measured.push(await measure(server))
const text = JSON.stringify(
  { date: new Date().toISOString().slice(0, 10), servers: measured },
  null,
  2,
)
writeFileSync(new URL('./servers.json', import.meta.url), `${text}\n`)

async function measure(server: Server) {
  const folder = mkdtempSync(join(tmpdir(), 'comparison-'))
  try {
    execFileSync(
      'npm',
      [
        'install',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        '--prefix',
        folder,
        server.package,
      ],
      {
        stdio: 'inherit',
      },
    )
    const home = join(folder, 'node_modules', server.package)
    const { name, version, bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
    const start = typeof bin === 'string' ? bin : Object.values<string>(bin)[0]
    const tools = await listTools(join(home, start ?? ''), server, folder)
    const size = sizeOfListing(tools)
    console.log(name, version, size)
    return {
      name,
      version,
      ...size,
      whole: sizeOfWholeListing(tools),
      names: tools.map((tool) => tool.name),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Lists all pages of a server's tools. */
async function listTools(file: string, { env, args = [] }: Server, folder: string) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [file, ...args],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, DO_NOT_TRACK: '1', ...env },
    stderr: 'inherit',
  })
  const client = new Client({ name: 'comparison', version: '1.0.0' })
  await client.connect(transport)
  try {
    const tools: ListedTool[] = []
    let cursor: string | undefined
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor })
      tools.push(...page.tools)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return tools
  } finally {
    await client.close()
  }
}
