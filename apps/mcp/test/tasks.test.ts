import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type McpClient, openClient } from './clients.ts'
import { environmentOf, makeFolder } from './fixture.ts'
import { type Bot, startBot, writeFiles } from './tasks/bot.ts'
import { GROUPS } from './tasks/groups.ts'
import { checkTable } from './tasks/model.ts'
import { type MeasuredTask, page } from './tasks/page.ts'
import { PAGE, readPage, withRecorded } from './tasks/recorded.ts'
import type { Task } from './tasks/task.ts'
import { steadyText, tokensOf } from './tasks/tokens.ts'

let bot: Bot
let client: McpClient

beforeAll(async () => {
  const folder = makeFolder()
  writeFiles(folder)
  bot = await startBot()
  const env = { ...environmentOf(bot.emulator), XDG_STATE_HOME: makeFolder() }
  client = await openClient('v2', env, ['--files', folder, '--allow-live'])
  // The first query copies the large table, and learns what the gateway can do.
  await client.call('query_sql', { sql: 'select count(*) from places' })
}, 60_000)

afterAll(async () => {
  await client.close()
  await bot.emulator.close()
})

async function measure({ asked, compared, run, changes = [] }: Task): Promise<MeasuredTask> {
  const calls: { tool: string; args: string }[] = []
  let [written, read] = [0, 0]
  await run(async (tool, args = {}) => {
    const answer = await client.call(tool, args)
    // A refused write has a preview and a token.
    if (answer.data.confirm_token === undefined) expect(answer.isError, answer.text).toBe(false)
    calls.push({ tool, args: steadyText(args) })
    written += tokensOf({ name: tool, arguments: args })
    read += tokensOf(answer.isError ? answer.text : answer.data)
    return answer
  }, bot.model)
  for (const table of changes) checkTable(bot.emulator, bot.model, table)
  return { asked, compared, calls, written, read }
}

it('everyday tasks give the right answers in the calls and tokens on the page', async () => {
  const recorded = readPage()
  const measured = []
  for (const { title, tasks } of GROUPS) {
    const rows: MeasuredTask[] = []
    for (const task of tasks) rows.push(withRecorded(await measure(task), recorded))
    measured.push({ title, tasks: rows })
  }
  // No task changed anything else.
  for (const table of bot.model.keys()) checkTable(bot.emulator, bot.model, table)
  await expect(page(measured, await client.listTools())).toMatchFileSnapshot(fileURLToPath(PAGE))
}, 300_000)
