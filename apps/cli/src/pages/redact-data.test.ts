import { expect, it } from 'vitest'
import { redactData } from './redact-data.ts'

it('replaces a secret in values and names of fields, counts it, and copies nothing else', () => {
  const redact = (text: string): string => text.replaceAll('s3cret', '[token]')
  const rows = [{ id: 'a' }, { id: 'b', after: [null, 1, true] }]
  const same = redactData({ rows }, redact)
  expect(same.redacted).toBe(0)
  expect(same.data.rows).toBe(rows)
  const { data, redacted } = redactData({ rows, deep: [{ s3cret: ['x s3cret y', 2] }] }, redact)
  expect(data).toEqual({ rows, deep: [{ '[token]': ['x [token] y', 2] }] })
  expect({ redacted, isSame: data.rows === rows }).toEqual({ redacted: 2, isSame: true })
})
