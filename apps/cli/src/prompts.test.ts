import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { askYesOrNo } from './confirm.ts'
import type { Context } from './context.ts'
import { Messages } from './output/messages.ts'
import { Writer } from './output/writer.ts'
import { askChoice, askSecret, askText } from './prompts.ts'

const EVIL = 'a\u001b]52;c;aGk=\u0007\u001b[31m\u009b2J\u202e\r\nFORGED'

/** @returns the output until Ctrl-C */
async function drawn(ask: (context: Context) => Promise<unknown>): Promise<string> {
  let text = ''
  const isTTY = true
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined })
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200 })
  const stop = new AbortController()
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.includes('FORGED')) setImmediate(() => stop.abort())
  })
  const err = new Writer(stream, { NO_COLOR: '1' })
  const context = { io: { stdin }, err, messages: new Messages(err, false), stop: stop.signal }
  await ask(context as unknown as Context).catch(() => undefined)
  return text
}

it.each<[string, (context: Context) => Promise<unknown>]>([
  ['yes or no', (context) => askYesOrNo(context, EVIL)],
  ['text', (context) => askText(context, EVIL, { initial: EVIL })],
  ['a secret', (context) => askSecret(context, EVIL, () => EVIL)],
  ['a choice', (c) => askChoice(c, 'x', [{ value: 'a', label: EVIL, hint: EVIL }], 'a')],
])('a question for %s escapes control characters of names', async (_, ask) => {
  const text = await drawn(ask)
  expect(text).toContain(String.raw`a\u001b]52;c;aGk=\u0007\u001b[31m\u009b2J\u202e\r\nFORGED`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches these
  expect(text).not.toMatch(/\u001b\]|\u0007|\u009b|\u202e|\nFORGED/)
})
