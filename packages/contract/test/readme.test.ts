import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

it('shows an example that prints what it states', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, code, printed] = /```ts\n(.*?)```\n\nprints\n\n```\n(.*?)```/s.exec(readme) ?? []
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: root,
    input: code ?? '',
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(stdout).toBe(printed)
})
