import { expect, it } from 'vitest'
import type { Cell } from '../../protocol/cells.ts'
import type { GroupsFacts } from '../../protocol/profile.ts'
import { barValue, drawnMeasures, groupLabel, groupsCsv, orderGroups } from './group-bars.ts'

const textOf = (cell: Cell) =>
  typeof cell === 'object' && cell && 'number' in cell ? cell.number : String(cell)

const FACTS: GroupsFacts = {
  title: 'stores by city',
  facts: [],
  columns: ['city', 'open'],
  measures: ['count', 'first'],
  groups: [
    { labels: ['shop 10', true], values: [5, 'a'] },
    { labels: ['shop 9', null], values: [{ number: '12' }, 'b, "c"'] },
    { labels: ['', false], values: [null, ' d'] },
    { labels: ['x', false], values: [-3, null] },
  ],
}

it('draws numbers only', () => {
  const cells: Cell[] = [3, { number: '1.5' }, { number: '1e999' }, '3', null, { json: '3' }]
  expect(cells.map(barValue)).toEqual([3, 1.5, undefined, undefined, undefined, undefined])
  expect(drawnMeasures(FACTS)).toEqual([0])
})

it('joins the labels of several columns', () => {
  expect(FACTS.groups.map(({ labels }) => groupLabel(labels, textOf))).toEqual([
    'shop 10 · true',
    'shop 9 · null',
    '"" · false',
    'x · false',
  ])
})

it('orders groups by value and by label', () => {
  const order = (...[by]: [Parameters<typeof orderGroups>[1]]) =>
    orderGroups(FACTS.groups, by, 0, textOf).map(({ labels }) => labels[0])
  expect(order('given')).toEqual(['shop 10', 'shop 9', '', 'x'])
  expect(order('value')).toEqual(['shop 9', 'shop 10', 'x', ''])
  expect(order('label')).toEqual(['', 'shop 9', 'shop 10', 'x'])
})

it('writes CSV with the stored values', () => {
  expect(groupsCsv(FACTS, FACTS.groups, (cell) => (cell === null ? '' : textOf(cell)))).toBe(
    [
      'city,open,count,first',
      'shop 10,true,5,a',
      'shop 9,,12,"b, ""c"""',
      ',false,," d"',
      'x,false,-3,',
      '',
    ].join('\r\n'),
  )
})
