/**
 * Follows the first pages as a reader does: saves their files, types their commands in a terminal, and
 * compares the output. `vitest run -u` writes the output that comes into the pages.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { startEmulator } from '@chatlayer-tables/emulator'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Commands, readBlocks } from '../tools/blocks.ts'
import { hasShell, openShell, type Shell, textOf } from '../tools/shell.ts'
import { listVolatile, maskVolatile } from '../tools/volatile.ts'
import { DOCS } from '../tools/workspace.ts'
import { installPacked, linkCommands, packAll, writeNpx } from './packed.ts'

const folder = mkdtempSync(join(tmpdir(), 'first-pages-'))
const modules = join(folder, 'lib/node_modules')
const bin = join(folder, 'bin')
const tarballs = join(folder, 'tarballs')

beforeAll(async () => {
  if (!hasShell) return
  await packAll(tarballs)
  await installPacked(tarballs, '@chatlayer-tables/mcp', modules)
  writeNpx(modules, bin)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.runIf(hasShell)('a first page', () => {
  it('developer.md', { timeout: 120_000 }, async () => {
    const page = await follow('developer')
    await expect(page).toMatchFileSnapshot(join(DOCS, 'start/developer.md'))
  })

  it('terminal.md', { timeout: 120_000 }, async () => {
    const page = await follow('terminal')
    await expect(page).toMatchFileSnapshot(join(DOCS, 'start/terminal.md'))
  })

  it('assistant.md, with a client that uses the configuration', { timeout: 120_000 }, async () => {
    let facts: unknown
    const page = await follow('assistant', async (commands, home) => {
      if (commands.includes('--write-token')) facts = await countriesByClient(home)
    })
    await expect(page).toMatchFileSnapshot(join(DOCS, 'start/assistant.md'))
    // What the page says that the assistant finds.
    expect(facts).toEqual({ BE: 6, NL: 3, DE: 1, FR: 1, LU: 1 })
  })
})

/**
 * @param after is called after each block of commands
 * @returns the page, with the output that came where it differs in more than ids and times
 */
async function follow(
  name: string,
  after?: (commands: string, home: string) => Promise<void>,
): Promise<string> {
  const page = readFileSync(join(DOCS, `start/${name}.md`), 'utf8')
  // A second output would not be compared with anything.
  expect(page).not.toMatch(/^```text\n(?:(?!```).*\n)*```\n+```text$/m)
  const home = join(folder, name)
  mkdirSync(home)
  await using emulator = await startEmulator({
    tables: [{ name: 'faq', columns: [{ name: 'topic', type: 'text' }] }],
  })
  const shell = await openShell(home, {
    HOME: home,
    NO_COLOR: '1',
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
  })
  const reader = new Reader(shell, home, {
    CHATLAYER_TOKEN: emulator.token,
    CHATLAYER_TEAM_ID: emulator.teamId,
    CHATLAYER_BOT_ID: emulator.botId,
    CHATLAYER_BASE_URL: emulator.url,
  })
  try {
    let followed = ''
    let at = 0
    for (const block of readBlocks(page)) {
      if (block.kind === 'file') {
        writeFileSync(join(home, block.name), block.text)
        continue
      }
      const output = await reader.type(block)
      if (block.output !== undefined) {
        followed += page.slice(at, block.output.start) + output
        at = block.output.end
      }
      await after?.(block.text, home)
    }
    return followed + page.slice(at)
  } finally {
    await shell.close()
  }
}

/** Types the commands of a page. */
class Reader {
  readonly #shell: Shell
  readonly #home: string
  readonly #account: Record<string, string>
  /** Ids that the page shows, and those that came instead. */
  readonly #ids = new Map<string, string>()

  constructor(shell: Shell, home: string, account: Record<string, string>) {
    this.#shell = shell
    this.#home = home
    this.#account = account
  }

  /** @returns the output to show on the page */
  async type({ text, output }: Commands): Promise<string> {
    const expected = output?.text ?? ''
    let raw = ''
    for (const line of text.trim().split('\n')) raw += await this.#typeLine(line, expected)
    const came = this.#asWithAccount((await textOf(raw)).replaceAll(this.#home, '~'))
    const [shown, got] = [listVolatile(expected), listVolatile(came)]
    for (const [index, id] of shown.entries()) this.#ids.set(id, got[index] ?? id)
    return maskVolatile(came) === maskVolatile(expected) ? expected : came
  }

  async #typeLine(line: string, expected: string): Promise<string> {
    const install = /^npm install (?<global>--global )?(?<names>@chatlayer-tables.*)$/.exec(line)
    if (install !== null) {
      await this.#install(install.groups?.names ?? '', install.groups?.global !== undefined)
      return ''
    }
    const { raw, code } = await this.#shell.run(this.#adapt(line), answersFor(line, expected))
    expect({ line, code, raw }).toMatchObject({ line, code: 0 })
    return raw
  }

  /** Uses the ids of this run, and the emulator in place of an account. */
  #adapt(line: string): string {
    let adapted = line
    for (const [shown, came] of this.#ids) adapted = adapted.replaceAll(shown, came)
    const setting = /^export (?<name>CHATLAYER_\w+)=/.exec(adapted)?.groups?.name
    if (setting === 'CHATLAYER_REGION') return this.#exportLine('CHATLAYER_BASE_URL')
    if (setting !== undefined) return this.#exportLine(setting)
    if (adapted === 'clt auth login') return this.#loginLine()
    return adapted
  }

  /** Names a region, as the reader's output does, in place of the emulator's address. */
  #asWithAccount(text: string): string {
    const { CHATLAYER_BASE_URL: url } = this.#account
    return text.replaceAll(`"CHATLAYER_BASE_URL": "${url}"`, '"CHATLAYER_REGION": "eu"')
  }

  #exportLine(name: string): string {
    return `export ${name}='${this.#account[name]}'`
  }

  /** Without the questions, which ask for a region. */
  #loginLine(): string {
    const { CHATLAYER_TOKEN, CHATLAYER_TEAM_ID, CHATLAYER_BOT_ID, CHATLAYER_BASE_URL } =
      this.#account
    writeFileSync(join(this.#home, 'token'), CHATLAYER_TOKEN ?? '')
    return `clt auth login --profile main --no-keychain --base-url ${CHATLAYER_BASE_URL} --team ${CHATLAYER_TEAM_ID} --bot ${CHATLAYER_BOT_ID} --token-file token`
  }

  async #install(names: string, isGlobal: boolean): Promise<void> {
    const target = isGlobal ? modules : join(this.#home, 'node_modules')
    for (const name of names.split(' ')) {
      await installPacked(tarballs, name, target)
      if (isGlobal) linkCommands(name, target, bin)
    }
  }
}

function answersFor(line: string, expected: string): ReadonlyMap<RegExp, string> {
  const asks = / \[y\/N\] y$/m.test(expected) || line === 'clt doctor'
  return asks ? new Map([[/\[y\/N\] /, 'y\n']]) : new Map()
}

/** Starts the server as the configuration of Cursor says, and counts stores by country. */
async function countriesByClient(home: string): Promise<unknown> {
  const { mcpServers } = JSON.parse(readFileSync(join(home, '.cursor/mcp.json'), 'utf8'))
  const { command, args, env } = mcpServers['chatlayer-tables']
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter)
  const client = new Client({ name: 'first-page', version: '1' })
  await client.connect(
    new StdioClientTransport({ command, args, env: { ...env, HOME: home, PATH: path } }),
  )
  try {
    const { structuredContent } = await client.callTool({
      name: 'query_records',
      arguments: { table: 'stores', group_by: ['country'], aggregate: ['count'] },
    })
    const { rows } = structuredContent as { rows: [string, number][] }
    return Object.fromEntries(rows)
  } finally {
    await client.close()
  }
}
