import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Messages } from './messages.ts'
import { Writer } from './writer.ts'

function open(isTTY: boolean, quiet = false) {
  let text = ''
  const write = (chunk: unknown, _encoding: string, done: () => void): void => {
    text += String(chunk)
    done()
  }
  const stream = Object.assign(new Writable({ write }), { isTTY, columns: 20 })
  const messages = new Messages(new Writer(stream, { NO_COLOR: '1' }), quiet)
  return { messages, text: () => text }
}

describe('Messages', () => {
  it('never shows a secret or its password alone', async () => {
    const { messages, text } = open(false)
    messages.hide('0123456789abcdef01234567:S3cretS3cretS3cretS3cretS3cretS3cr')
    await messages.failure({
      message: 'got 0123456789abcdef01234567:S3cretS3cretS3cretS3cretS3cretS3cr',
      hint: 'or S3cretS3cretS3cretS3cretS3cretS3cr',
    })
    expect(text()).toBe('error: got [token]\nhint: or [token]\n')
  })

  it('writes one line for each message, without control characters', async () => {
    const { messages, text } = open(false)
    await messages.say('table "a\u001b[2J\nb"')
    expect(text()).toBe('table "a\\u001b[2J\\nb"\n')
  })

  it('suppresses notes and progress when quiet, but not errors', async () => {
    const { messages, text } = open(true, true)
    await messages.note('a note')
    await messages.updateLine('progress')
    await messages.failure({ message: 'wrong', hint: undefined })
    expect(text()).toBe('error: wrong\n')
  })

  it('omits sentences about options that the command does not have', async () => {
    const { messages, text } = open(false)
    messages.hasOption = (flag) => flag === '--key'
    const hint = 'Fix it. Pass --encoding utf-8. Or pass --key. Or see clt export --bom.'
    await messages.failure({ message: 'wrong', hint })
    expect(text()).toBe('error: wrong\nhint: Fix it. Or pass --key. Or see clt export --bom.\n')
  })

  it('keeps warnings when quiet, and shows them with an error', async () => {
    const { messages, text } = open(true, true)
    await messages.say('a warning')
    expect(text()).toBe('')
    await messages.failure({ message: 'wrong', hint: undefined })
    await messages.say('the reason')
    await messages.sayKept()
    expect(text()).toBe('a warning\nerror: wrong\nthe reason\n')
  })

  it('clears the progress line before the next message, and fits it to the terminal', async () => {
    const { messages, text } = open(true)
    await messages.updateLine('0123456789012345678901234567')
    await messages.note('done')
    expect(text()).toBe('\r\u001b[K0123456789012345678\r\u001b[Kdone\n')
  })
})
