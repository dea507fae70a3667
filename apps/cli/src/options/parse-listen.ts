import { InvalidArgumentError } from 'commander'

const ADDRESS = /^(?:(\[[0-9a-f:.]+\]|[a-z0-9.-]+):)?(\d{1,5})$/i

/** Reads `HOST:PORT`, or a port of this machine alone. Port 0 is any free one. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const [, host = '127.0.0.1', port] = ADDRESS.exec(text) ?? []
  if (port !== undefined && Number(port) <= 65_535) {
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  }
  throw new InvalidArgumentError('Use HOST:PORT such as 0.0.0.0:9464, or a port.')
}
