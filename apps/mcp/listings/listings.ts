/**
 * Files that describe the server to others: `server.json` for the MCP registry, `manifest.json` for
 * MCPB bundles, and the table of tools in the README.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { isWriter } from '../src/tools/define-tool.ts'
import { TOOLS, toolsetOf } from '../src/tools/registry.ts'

const Manifest = z.object({
  name: z.string(),
  mcpName: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  // The owner fills these in, in project.json.
  author: z.string().optional(),
  homepage: z.string().optional(),
  bugs: z.object({ url: z.string() }).optional(),
  repository: z.object({ url: z.string(), directory: z.string() }).optional(),
})

const manifest = Manifest.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
)

/** The URL without the `git+` and `.git` of npm. */
const repository = manifest.repository?.url.replace(/^git\+|\.git$/g, '')

const DESCRIPTION =
  'Read and safely change the Tables of a Chatlayer bot: its stores, leads, hours.'

/** The environment variables, as clients ask for them. */
const VARIABLES = [
  {
    name: 'CHATLAYER_TOKEN',
    key: 'token',
    title: 'Access token',
    description: 'Created in Chatlayer under Settings > Access tokens; username:password.',
    isSecret: true,
  },
  {
    name: 'CHATLAYER_REGION',
    key: 'region',
    title: 'Region',
    description: 'Region of the bot: eu, us, sa or asia.',
    choices: ['eu', 'us', 'sa', 'asia'],
    fallback: 'eu',
  },
  { name: 'CHATLAYER_TEAM_ID', key: 'team_id', title: 'Team', description: 'Team id.' },
  { name: 'CHATLAYER_BOT_ID', key: 'bot_id', title: 'Bot', description: 'Bot id.' },
] as const

/** A placeholder that clients replace by the folder of the unpacked bundle. */
const FOLDER = '$' + '{__dirname}'

/** For the MCP registry. */
function serverJson() {
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: manifest.mcpName,
    title: 'Chatlayer Tables',
    description: DESCRIPTION,
    ...(repository?.startsWith('https://github.com/')
      ? {
          repository: {
            url: repository,
            source: 'github',
            subfolder: manifest.repository?.directory,
          },
        }
      : {}),
    version: manifest.version,
    packages: [
      {
        registryType: 'npm',
        identifier: manifest.name,
        version: manifest.version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables: VARIABLES.map((variable) => ({
          name: variable.name,
          description: variable.description,
          isRequired: true,
          ...('isSecret' in variable ? { isSecret: true } : {}),
          ...('choices' in variable
            ? { choices: variable.choices, default: variable.fallback }
            : {}),
        })),
      },
    ],
  }
}

/** For a bundle that desktop clients install; they store the token in the keychain. */
function mcpbManifest() {
  return {
    manifest_version: '0.3',
    name: 'chatlayer-tables',
    display_name: 'Chatlayer Tables',
    version: manifest.version,
    description: DESCRIPTION,
    long_description:
      'Lists, finds, counts, adds, changes and deletes records of the Tables of one Chatlayer bot. ' +
      'Runs SQL queries over them. Writes go to DRAFT only, and can be previewed and undone. Not an official Chatlayer product.',
    author: { name: manifest.author?.replace(/ *[<(].*/, '') ?? 'The chatlayer-tables authors' },
    ...(repository === undefined
      ? {}
      : {
          repository: { type: 'git', url: repository },
          homepage: manifest.homepage,
          support: manifest.bugs?.url,
        }),
    license: manifest.license,
    keywords: ['chatlayer', 'tables', 'chatbot'],
    server: {
      type: 'node',
      entry_point: 'server/dist/bin.js',
      mcp_config: {
        command: 'node',
        args: [`${FOLDER}/server/dist/bin.js`],
        env: Object.fromEntries(VARIABLES.map(({ name, key }) => [name, `\${user_config.${key}}`])),
      },
    },
    tools_generated: true,
    prompts_generated: true,
    compatibility: {
      platforms: ['darwin', 'win32', 'linux'],
      runtimes: { node: manifest.engines.node },
    },
    user_config: Object.fromEntries(
      VARIABLES.map((variable) => [
        variable.key,
        {
          type: 'string',
          title: variable.title,
          description: variable.description,
          required: true,
          ...('isSecret' in variable ? { sensitive: true } : {}),
          ...('fallback' in variable ? { default: variable.fallback } : {}),
        },
      ]),
    ),
  }
}

/** The README with its table of tools, which stands between two comments. */
function readme(): string {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  return text.replace(
    /(<!-- tools:[^>]*-->\n).*(\n<!-- end of tools -->)/s,
    (_, begin: string, end: string) => `${begin}\n${toolTable()}\n${end}`,
  )
}

function toolTable(): string {
  const rows = TOOLS.map((tool) => [
    `\`${tool.name}\``,
    `\`${toolsetOf(tool)}\``,
    isWriter(tool) ? (tool.annotations.destructiveHint ? 'overwrites' : 'adds') : '',
    tool.description.replaceAll('|', '\\|'),
  ])
  const head = ['tool', 'toolset', 'changes', 'description, as assistants read it']
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0, fill)).join(' | ')} |`
  const rule = line(
    head.map(() => ''),
    '-',
  )
  return [line(head), rule, ...rows.map((row) => line(row))].join('\n')
}

/** The expected content of each file, by its path in the package. */
export function listings(): ReadonlyMap<string, string> {
  const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
  return new Map([
    ['server.json', text(serverJson())],
    ['listings/manifest.json', text(mcpbManifest())],
    ['README.md', readme()],
  ])
}
