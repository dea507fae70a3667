import manifest from '../package.json' with { type: 'json' }

/** Of this program. */
export function readVersion(): string {
  return manifest.version
}
