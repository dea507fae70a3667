/** The signals by which a platform asks a program to end. */
import type { EventEmitter } from 'node:events'

/**
 * Ctrl-C, a termination request, and a closed terminal. Windows has no SIGTERM but Ctrl-Break; after
 * its window is closed, a program has some seconds left.
 */
function endSignals(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP']
}

/** Calls the listener at each signal. Until `stop` is called, the signals do not end the process. */
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
