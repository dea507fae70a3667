/** The built program, as it is published. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { BIN } from './cli.ts'

const ENV = {
  CHATLAYER_BASE_URL: 'http://127.0.0.1:9',
  CHATLAYER_TEAM_ID: 'team',
  CHATLAYER_BOT_ID: 'bot',
  CHATLAYER_TOKEN: 'somebody:secret-word',
}

/** Runs `clt` after code that makes its calls fail. */
async function runBroken(code: string, args: readonly string[]) {
  const before = `data:text/javascript,${encodeURIComponent(code)}`
  const run = promisify(execFile)(process.execPath, ['--import', before, BIN, ...args], {
    env: ENV,
  })
  const failed: { code: number; stderr: string } = await run.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  )
  return failed
}

test('an uncaught error names the functions and lines of our source', async () => {
  const code = `Object.defineProperty(process.stdout, 'isTTY', { get() { throw new Error('broken') } })`
  const { code: exit, stderr } = await runBroken(code, ['tables', 'list'])
  expect(exit).toBe(1)
  expect(stderr).toMatch(/^error: unexpected: broken\n/)
  expect(stderr).toMatch(/^ +at new Writer \(apps\/cli\/src\/output\/writer\.ts:\d+:\d+\)$/m)
  const [, line = ''] =
    /^ +at (?:async )?main \(apps\/cli\/src\/main\.ts:(\d+):\d+\)$/m.exec(stderr) ?? []
  const source = await readFile(new URL('../src/main.ts', import.meta.url), 'utf8')
  expect(source.split('\n')[Number(line) - 1]).toContain('new Writer(')
  expect(Buffer.byteLength(stderr)).toBeLessThan(3_000)
})

test('--verbose shows the stack of an unexpected error, into the packages', async () => {
  const code = `performance.now = () => { throw new Error('broken') }`
  const { stderr } = await runBroken(code, ['tables', 'list', '--verbose'])
  expect(stderr).toMatch(/^error: unexpected: broken\n/)
  expect(stderr).toMatch(/^ +at new Client \(packages\/core\/src\/client\.ts:\d+:\d+\)$/m)
  expect(stderr).toMatch(/^ +at (?:async )?connect \(apps\/cli\/src\/connection\.ts:\d+:\d+\)$/m)
  expect(stderr).not.toContain('secret-word')
})

test('the package contains the licenses of all bundled packages', async () => {
  const text = await readFile(new URL('../dist/THIRD-PARTY-LICENSES', import.meta.url), 'utf8')
  for (const name of ['commander', 'zod', 'hono', '@clack/prompts']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'))
  }
})
