import { describe, expect, it } from 'vitest'
import { previewNotice } from './preview.ts'

describe('previewNotice', () => {
  it('says how to go on', () => {
    expect(previewNotice('update', { matched: 3, shown: 3, all: 3, needsExpect: false })).toBe(
      'Dry run: nothing was written. To update them, repeat the call without dry_run.',
    )
    expect(previewNotice('delete', { matched: 3, shown: 3, all: 3, needsExpect: true })).toBe(
      'Dry run: nothing was written. To delete them, repeat the call without dry_run and with expect: 3.',
    )
  })

  it('says what it does not show', () => {
    const notice = previewNotice('update', { matched: 500, shown: 80, all: 450, needsExpect: true })
    expect(notice).toContain('50 of 500 records hold these values already.')
    expect(notice).toContain('The first 80 of 450 changes are shown.')
  })

  it('says when there is nothing', () => {
    const none = { matched: 0, shown: 0, all: 0, needsExpect: true }
    expect(previewNotice('delete', none)).toBe('No record matches; nothing was written.')
  })
})
