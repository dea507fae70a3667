import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type McpClient, openClient } from './clients.ts'
import { environmentOf, makeFolder } from './fixture.ts'
import { LIVE_STORES, SEED, TASKS, writeFiles } from './tasks.ts'

let emulator: Emulator
let client: McpClient

beforeAll(async () => {
  const folder = makeFolder()
  writeFiles(folder)
  emulator = await startEmulator({ tables: [...SEED] })
  const env = { ...environmentOf(emulator), XDG_STATE_HOME: makeFolder() }
  client = await openClient('v2', env, ['--files', folder])
})

afterAll(async () => {
  await client.close()
  await emulator.close()
})

/** What differs from run to run, each in a form of the same kind: so that counts stay what they are. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'f4788c0e-f1b3-47c0-9ce9-0681c59a5733'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-05-01T12:30:00.000Z'],
  [
    /[\da-z]{6,8}\.[\w-]{16}\.[\w-]{16}\.[\w-]{43}/g,
    'toxdac.kbz_Gq4uCwGQsm91.HsDVd1qpy1heV31f.PvIeuUkuZ3vrVT7vT8EHXdbBex4juy3mqJYVJRuk3as',
  ],
  [/("(?:change_set|job)\\?":\\?"|"undoes":"|change_set \\?")[\da-z]{8}/g, '$1h7k2mwqp'],
]

function tokensOf(value: unknown): number {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return countTokens(VARYING.reduce((so, [varying, fixed]) => so.replace(varying, fixed), text))
}

interface Row {
  readonly asked: string
  readonly tools: readonly string[]
  readonly sent: number
  readonly read: number
}

async function measured({ asked, run, goesOn }: (typeof TASKS)[number]): Promise<Row> {
  if (goesOn !== true) {
    emulator.reset()
    emulator.tables.insert('stores', LIVE_STORES, 'LIVE')
  }
  const tools: string[] = []
  let [sent, read] = [0, 0]
  await run(async (tool, args = {}) => {
    const answer = await client.call(tool, args)
    expect(answer.text, tool).not.toContain('"error"')
    expect(answer.isError, answer.text).toBe(false)
    tools.push(tool)
    sent += tokensOf({ name: tool, arguments: args })
    read += tokensOf(answer.data)
    return answer
  })
  return { asked, tools, sent, read }
}

/** `a`, twice `b`, `c`. */
function told(tools: readonly string[]): string {
  const runs: { tool: string; times: number }[] = []
  for (const tool of tools) {
    const last = runs.at(-1)
    if (last?.tool === tool) last.times++
    else runs.push({ tool, times: 1 })
  }
  return runs.map(({ tool, times }) => (times === 1 ? tool : `${tool} ×${times}`)).join(', ')
}

function page(rows: readonly Row[], listing: number): string {
  const head = ['asked', 'calls', 'tokens written', 'tokens read', 'tools']
  const cells = rows.map(({ asked, tools, sent, read }) => [
    ...[asked, tools.length, sent, read].map(String),
    told(tools),
  ])
  const widths = head.map((name, index) =>
    Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0)),
  )
  const line = (row: readonly string[], fill = ' ') =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0, fill)).join(' | ')} |`
  return `# What everyday tasks cost

Twelve things that people ask an assistant for, with the calls that it takes: how many, how many tokens
the model writes for them (name and arguments), and how many it reads (the structured answers). The
tokens are those of the o200k tokenizer; ids, times and signatures, which differ from run to run, count
as ones of the same form. Listing the tools takes ${listing} tokens more, once in each conversation.

This page is made by \`npm run tasks\` in \`apps/mcp\`; a test holds it to what the server does.

${[
  line(head),
  line(
    head.map(() => ''),
    '-',
  ),
  ...cells.map((row) => line(row)),
].join('\n')}

The bot has 240 stores, 400 orders, and a table of closed stores. A write of more than 20 records and
every delete is previewed, and carried out with the token of its preview.
`
}

it('twelve everyday tasks take as many calls and tokens as the page says', async () => {
  expect(TASKS).toHaveLength(12)
  const rows: Row[] = []
  for (const task of TASKS) rows.push(await measured(task))
  console.table(
    rows.map(({ asked, tools, sent, read }) => ({ asked, calls: tools.length, sent, read })),
  )
  const tools = await client.listTools()
  const listing = countTokens(
    JSON.stringify(
      tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
    ),
  )
  await expect(page(rows, listing)).toMatchFileSnapshot('../../../docs/mcp-tasks.md')
})
