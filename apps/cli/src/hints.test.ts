import { type ErrorSituation, NotFoundError } from '@chatlayer-tables/core'
import { StorageError } from '@chatlayer-tables/local'
import { describe, expect, it } from 'vitest'
import { describeFailure } from './failures.ts'
import { HINTS, hintOf } from './hints.ts'

describe('hintOf', () => {
  it('replaces the error’s own hint by that of its situation', () => {
    const situation = { code: 'CHANGES_NOT_FOUND' }
    const error = new NotFoundError('no such change set', { hint: 'general', situation })
    expect(hintOf(error)).toBe(HINTS.CHANGES_NOT_FOUND(undefined))
    expect(hintOf(error)).toContain('clt changes list')
    expect(describeFailure(error)?.hint).toBe(hintOf(error))
    const storage = new StorageError('damaged', '/state').withSituation(situation)
    expect(hintOf(storage)).toBe(hintOf(error))
  })

  it('explains how to start a job again without writing twice', () => {
    const hintFor = (mayHaveWritten: boolean) =>
      hintOf(
        new NotFoundError('changed', {
          situation: { code: 'INPUT_CHANGED', data: { job: 'k3f9', mayHaveWritten } },
        }),
      )
    expect(hintFor(true)).toContain('clt changes undo --job k3f9')
    expect(hintFor(false)).toContain('clt jobs rm k3f9')
  })

  it('adds the flags to what the error suggests', () => {
    const hintFor = (situation: ErrorSituation, hint?: string) =>
      hintOf(new NotFoundError('no', { hint, situation }))
    const data = { from: 'CON.text', to: 'txt' }
    expect(hintFor({ code: 'RESTORE_MAPPING_FOUND', data }, 'Create it.')).toBe(
      'Create it. To map it, pass --map "CON.text=txt".',
    )
    const meta = ['id', 'record createdAt', 'updatedAt']
    expect(hintFor({ code: 'FILE_COLUMNS_DIFFER', data: { meta } }, 'In the file: x.')).toMatch(
      /^In the file: x\. .*--map .*Pass --ignore-meta to skip id, record createdAt, updatedAt,/,
    )
    expect(hintFor({ code: 'SOURCE_EMPTY' })).toContain('--allow-empty')
  })

  it('keeps the hint of any other error', () => {
    const situation = { code: 'toString' }
    expect(hintOf(new NotFoundError('no', { hint: 'general', situation }))).toBe('general')
    expect(hintOf(new NotFoundError('no', { hint: 'general' }))).toBe('general')
    expect(hintOf(new Error('no'))).toBeUndefined()
    const worded = new StorageError('full', '/state').withSituation({ code: 'CHANGES_NOT_FOUND' })
    expect(hintOf(worded.withHint('ours'))).toBe('ours')
  })
})
