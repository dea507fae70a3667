/**
 * How old what a query reads may be: brought up to date before every query, never, or when it is
 * older than so many milliseconds.
 */
export type Freshness = 'always' | 'never' | number
