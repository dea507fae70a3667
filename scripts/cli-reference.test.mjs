import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { COMMANDS } from '../apps/cli/src/commands/index.ts'
import { cliManPage, cliPages } from './cli-reference.mjs'

const hasGroff = spawnSync('groff', ['--version']).status === 0

it('describes every command, with its examples, in both forms', () => {
  const [pages, man] = [cliPages(), cliManPage()]
  const text = Object.values(pages).join('')
  for (const { name, examples } of COMMANDS.map(({ definition }) => definition)) {
    expect(`\n${text}`).toMatch(new RegExp(`\n##? clt ${name}\n`))
    expect(man).toContain(`\n.SS clt ${name}\n`)
    for (const { command } of examples) expect(text).toContain(`\n${command}\n`)
  }
  for (const word of ['--max-errors', 'CHATLAYER_TOKEN', 'interrupted']) {
    expect(text).toContain(word)
    expect(man).toContain(word.replaceAll('-', '\\-'))
  }
})

it.runIf(hasGroff)('is a man page that groff shows correctly and without a warning', () => {
  const args = ['-man', '-ww', '-Tutf8', '-P-cbou']
  const { stdout, stderr } = spawnSync('groff', args, { input: cliManPage(), encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout).toContain(`--filter '{"or": [{"state": "HI"}, {"city": {"isNull": true}}]}'`)
  expect(stdout).toMatch(/^ +C?.*%APPDATA%\\chatlayer-tables$/m)
})
