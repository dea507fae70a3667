import { describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'

const TOKEN = '0123456789abcdef01234567:s3cretPassw0rd'

function logged(level: 'error' | 'info', act: (log: ReturnType<typeof createLogger>) => void) {
  const lines: string[] = []
  act(createLogger(level, TOKEN, (line) => lines.push(line)))
  return lines
}

describe('createLogger', () => {
  it('writes one line per entry, with invisible characters as escapes', () => {
    expect(logged('info', (log) => log.warn('two\nlines\u202e'))).toEqual([
      'chatlayer-tables-mcp warn: two lines\\u202e\n',
    ])
  })

  it('omits entries below its level', () => {
    expect(logged('error', (log) => log.info('x'))).toEqual([])
    expect(logged('info', (log) => log.debug('x'))).toEqual([])
    expect(logged('info', (log) => log.info('x'))).toHaveLength(1)
  })

  it('masks all forms of the token', () => {
    const base64 = Buffer.from(TOKEN).toString('base64')
    const [line] = logged('info', (log) => log.error(`${TOKEN} ${base64} s3cretPassw0rd`))
    expect(line).toBe('chatlayer-tables-mcp error: [redacted] [redacted] [redacted]\n')
  })
})
