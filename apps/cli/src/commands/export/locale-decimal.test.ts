import { expect, it } from 'vitest'
import { localeDecimal } from './locale-decimal.ts'

it.each([
  [{ LANG: 'nl_BE.UTF-8' }, ','],
  [{ LANG: 'de_DE@euro' }, ','],
  [{ LANG: 'de_CH' }, '.'],
  [{ LANG: 'en_US.UTF-8' }, '.'],
  [{ LANG: 'fr_FR.UTF-8', LC_NUMERIC: 'C' }, '.'],
  [{ LANG: 'en_GB', LC_NUMERIC: 'fr_FR.UTF-8' }, ','],
  [{ LANG: 'nl_BE', LC_NUMERIC: 'nl_BE', LC_ALL: 'POSIX' }, '.'],
  [{ LANG: 'pt_BR', LC_ALL: '' }, ','],
  [{ LANG: '\u0000' }, '.'],
])('%j writes numbers with %j', (env, decimal) => {
  expect(localeDecimal(env)).toBe(decimal)
})
