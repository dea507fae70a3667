/** The version in package.json. Written by scripts/release/generate.mjs. */
export const VERSION = '0.1.0'
