import { expect, it } from 'vitest'
import { dialectSettings } from './dialect.ts'
import { assumptions, facts, openQuestions } from './facts.ts'

it('has every setting of the dialect that is not settled, and no id twice', () => {
  const ids = facts.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [name, { standing }] of Object.entries(dialectSettings)) {
    expect(ids.some((id) => id === `dialect.${name}`)).toBe(standing !== 'S')
  }
})

it('states each fact in whole sentences', () => {
  for (const { text } of facts) expect(text).toMatch(/^[A-Z].{15,}\.$/s)
})

it('holds assumptions to be inferred, and open questions to be unknown', () => {
  expect(new Set(assumptions.map(({ standing }) => standing))).toEqual(new Set(['I']))
  expect(new Set(openQuestions.map(({ standing }) => standing))).toEqual(new Set(['U']))
})
