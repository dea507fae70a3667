/** The signals by which a platform asks a program to end. */
import type { EventEmitter } from 'node:events'

/**
 * Ctrl-C, a request to end, and a terminal that is closed. Windows has no SIGTERM; there Ctrl-Break is
 * the other key, and after the window's closing a program has some seconds left.
 */
function endSignals(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP']
}

/** Calls back at each of them; the default, to end at once, is off until `stop` is called. */
export function onEndSignal(
  listener: () => void,
  process: EventEmitter & Pick<NodeJS.Process, 'platform'>,
): { stop(): void } {
  const signals = endSignals(process.platform)
  for (const signal of signals) process.on(signal, listener)
  return {
    stop: () => {
      for (const signal of signals) process.off(signal, listener)
    },
  }
}
