import { InvalidArgumentError } from 'commander'

/** Reads a whole number of at least 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Use a whole number of at least 1.')
}
