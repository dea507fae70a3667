import { expect, it } from 'vitest'
import * as z from 'zod'
import { endpoints } from './endpoints.ts'
import { listStandings, standingOf, stated } from './standing.ts'

it('lists the standing of every schema of the wire', () => {
  expect(
    listStandings()
      .map(({ note }) => `${note.id} ${note.standing}`)
      .toSorted(),
  ).toEqual([
    'ActionType T',
    'Column T',
    'ColumnType T',
    'Customer T',
    'CustomerList T',
    'ErrorBody T',
    'Field T',
    'Filter T',
    'Operator T',
    'PageMeta T',
    'Table T',
    'TableAction T',
    'TableData T',
    'TableList T',
    'TableOne T',
    'TableRecord T',
    'Version T',
  ])
})

it('states what each standing rests on', () => {
  for (const { note } of listStandings()) expect(note.because).toMatch(/^[A-Z].*\.$/)
})

it.each(Object.entries(endpoints))('%s: its declared bodies are stated', (_, endpoint) => {
  expect(standingOf(endpoint.response)).toBeDefined()
  if (endpoint.body !== undefined) expect(standingOf(endpoint.body)).toBeDefined()
})

it('has no note of another schema', () => {
  expect(standingOf(z.string())).toBeUndefined()
})

it('rejects a name that is taken', () => {
  expect(() => stated('Table', 'T', 'Again.', z.string())).toThrow('Table')
})
