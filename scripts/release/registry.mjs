/**
 * An npm registry on loopback: `node registry.mjs FOLDER UPLINK`. It stores the packages of this project
 * in the folder and takes all others from the registry UPLINK. It prints its URL, and ends with its stdin.
 */
import { join } from 'node:path'
import { runServer } from 'verdaccio'

const [folder = '', uplink = ''] = process.argv.slice(2)
const server = await runServer(
  /** @type {any} */ ({
    storage: join(folder, 'storage'),
    self_path: folder,
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: { npm: { url: uplink, timeout: '60s', max_fails: 100 } },
    packages: {
      '@chatlayer-tables/*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', proxy: 'npm' },
    },
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  }),
)
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`)
})
process.stdin.resume().on('end', () => {
  server.close()
  server.closeAllConnections()
})
