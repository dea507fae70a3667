import { readFileSync } from 'node:fs'
import {
  ConfigurationError,
  ERROR_CODES,
  InvalidInputError,
  NotFoundError,
} from '@chatlayer-tables/core'
import { StorageError } from '@chatlayer-tables/local'
import { describe, expect, it } from 'vitest'
import { EXIT, EXIT_BY_ERROR, EXIT_MEANINGS } from './exit-codes.ts'
import { describeFailure, Interrupted, OutputClosed, UsageError } from './failures.ts'

describe('describeFailure', () => {
  it('takes message, hint and exit code from an error of the client', () => {
    const error = new NotFoundError('no such table', { hint: 'look' })
    expect(describeFailure(error)).toEqual({
      exit: EXIT.notFound,
      message: 'no such table',
      hint: 'look',
    })
    expect(describeFailure(new InvalidInputError('odd'))).toMatchObject({ exit: EXIT.usage })
  })

  it('describes errors of the command line', () => {
    expect(describeFailure(new UsageError('odd', 'so'))).toEqual({
      exit: EXIT.usage,
      message: 'odd',
      hint: 'so',
    })
    expect(describeFailure(new Interrupted())).toMatchObject({ exit: EXIT.interrupted })
    expect(describeFailure(new OutputClosed())).toBeUndefined()
  })

  it('shows messages of system errors unchanged, and reports other errors as a bug', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    })
    expect(describeFailure(full)).toEqual({
      exit: EXIT.storage,
      message: full.message,
      hint: undefined,
    })
    const closed = Object.assign(new Error('EBADF'), { code: 'EBADF', syscall: 'write' })
    expect(describeFailure(closed)).toMatchObject({ exit: EXIT.unexpected, message: 'EBADF' })
    const storage = new StorageError('full', '/state')
    expect(describeFailure(storage)).toEqual({
      exit: EXIT.storage,
      message: 'no space left in /state',
      hint: storage.hint,
    })
    const journal = new ConfigurationError('the journal', { cause: storage })
    expect(describeFailure(journal)).toMatchObject({ exit: EXIT.storage, message: 'the journal' })
    const temporary = Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
    expect(describeFailure(temporary)).toMatchObject({ exit: EXIT.storage })
    const fault = describeFailure(new TypeError('x is not a function'))
    expect(fault).toMatchObject({ exit: EXIT.unexpected })
    expect(fault?.hint).toContain('report')
    expect(fault?.message).not.toContain('at ')
    expect(describeFailure('thrown text')).toMatchObject({ exit: EXIT.unexpected })
  })
})

describe('exit codes', () => {
  it('exist for every error code and have a meaning', () => {
    expect(Object.keys(EXIT_BY_ERROR).toSorted()).toEqual(ERROR_CODES.toSorted())
    for (const exit of Object.values(EXIT)) expect(EXIT_MEANINGS[exit]).toBeTruthy()
    expect(Object.values(EXIT_BY_ERROR)).not.toContain(EXIT.ok)
  })

  it('are listed in the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const rows = readme.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)
    const shown = Object.fromEntries(Array.from(rows, ([, code, meaning]) => [code, meaning]))
    expect(shown).toEqual(EXIT_MEANINGS)
  })
})
