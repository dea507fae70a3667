import { fileURLToPath } from 'node:url'

/** This program, to be started anew: when it is built all its files stand in one folder. */
export const OWN_BIN = fileURLToPath(new URL('./bin.js', import.meta.url))
