/** The number format of the user's locale. */
type Env = Readonly<Record<string, string | undefined>>

/** The decimal separator of the locale in `env`; the system locale if no variable is set. */
export function localeDecimal(env: Env): '.' | ',' {
  const locale = env.LC_ALL || env.LC_NUMERIC || env.LANG
  const parts = numberFormat(locale).formatToParts(1.5)
  return parts.find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.'
}

function numberFormat(locale: string | undefined): Intl.NumberFormat {
  if (locale === undefined) return new Intl.NumberFormat()
  const [language = ''] = locale.split(/[.@]/)
  try {
    return new Intl.NumberFormat(language.replaceAll('_', '-'))
  } catch {
    // `C` and `POSIX` are not language tags; they use a point.
    return new Intl.NumberFormat('en-US')
  }
}
