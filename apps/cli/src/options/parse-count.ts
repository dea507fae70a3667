import { InvalidArgumentError } from 'commander'

/** Reads a whole number of at least 0. */
export function parseNumber(text: string): number {
  return text === '0' ? 0 : parseCount(text)
}

/** Reads a whole number of at least 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Use a whole number of at least 1.')
}

export function parsePort(text: string): number {
  const port = parseCount(text)
  if (port <= 65_535) return port
  throw new InvalidArgumentError('Use a port from 1 to 65535.')
}
