/** How numbers are written where somebody is, by the variables that say so. */
type Env = Readonly<Record<string, string | undefined>>

/** What stands before the fraction of a number; by the system's own setting where no variable is set. */
export function localeDecimal(env: Env): '.' | ',' {
  const said = env.LC_ALL || env.LC_NUMERIC || env.LANG
  const parts = numbersOf(said).formatToParts(1.5)
  return parts.find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.'
}

function numbersOf(said: string | undefined): Intl.NumberFormat {
  if (said === undefined) return new Intl.NumberFormat()
  const [language = ''] = said.split(/[.@]/)
  try {
    return new Intl.NumberFormat(language.replaceAll('_', '-'))
  } catch {
    // Such as `C` and `POSIX`, which have a point.
    return new Intl.NumberFormat('en-US')
  }
}
